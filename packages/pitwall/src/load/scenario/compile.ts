import type { HttpProtocol } from '../../model/load.ts';
import type { Scenario, Step, ThinkTime } from '../../model/scenario.ts';
import { columnsOf, type PlacedStep, placedSteps } from '../../model/scenario-steps.ts';
import { headerTemplates, stepTemplates } from '../../model/step-templates.ts';
import { isParts, parseTemplate } from '../../model/template.ts';
import type { PlainRequest } from '../channel.ts';
import { type CompiledCheck, compileCheck } from './checks.ts';
import { compileExtraction, type Extractor } from './extract.ts';
import { type JsonPath, jsonPathCompiler } from './json-path.ts';
import { compileRequest } from './request.ts';
import type { Scope } from './scope.ts';
import { type Names, ScenarioMistake } from './template.ts';

/** A step ready to be sent. */
export interface CompiledStep {
  /** Position in `CompiledScenario.steps`: how counters and results call it. */
  readonly index: number;
  readonly name: string;
  readonly step: Step;
  /** Null for steps that are done once per user. */
  readonly flow: string | null;
  /** The request when nothing in it varies (but for cookies): it can be encoded once. */
  readonly fixed: PlainRequest | null;
  /**
   * The request for one user, without the cookies of its jar (see `withCookies`); `fixed` itself when there is one. Throws
   * TemplateProblem. Whatever the values are, they cannot begin another header or another request.
   */
  build(scope: Scope): PlainRequest;
  /** Whether the answer's headers and body are looked at. */
  readonly capture: boolean;
  readonly extractors: readonly Extractor[];
  readonly checks: readonly CompiledCheck[];
  /** Whether a check says which statuses are right; without one, 4xx and 5xx are errors. */
  readonly checksStatus: boolean;
  /** Pause before the next step of the flow. */
  readonly think: ThinkTime | null;
  /** Seconds that it is expected to take; null: to be learned. */
  readonly expected: number | null;
}

interface CompiledFlow {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly CompiledStep[];
  /** Positions in `Scenario.feeders` of those that its steps use: only these deal a row to an iteration. */
  readonly feeders: readonly number[];
}

export interface CompiledScenario {
  /** All steps: those of the flows in order, then `oncePerUser`, then `cleanUp`. */
  readonly steps: readonly CompiledStep[];
  readonly flows: readonly CompiledFlow[];
  readonly oncePerUser: Pick<CompiledFlow, 'steps' | 'feeders'>;
  readonly cleanUp: Pick<CompiledFlow, 'steps' | 'feeders'>;
}

/**
 * Compiles a scenario. `seed` makes what is random and fixed, such as boundaries. Throws ScenarioMistake, naming the step.
 * Asynchronous because JSONPath is only loaded for those who use it.
 */
export async function compileScenario(
  scenario: Scenario,
  seed: number,
  protocol: HttpProtocol = 'http1',
): Promise<CompiledScenario> {
  const placed = placedSteps(scenario);
  const extracted = new Set(placed.flatMap(({ step }) => step.extract.map(({ as }) => as)));
  const jsonPath = placed.some(({ step }) => usesJsonPath(step)) ? await jsonPathCompiler() : noJsonPath;
  const steps = placed.map((each, index) => {
    const names = { known: each.known, variables: scenario.variables, extracted };
    return compileStep(each, index, scenario, names, { jsonPath, seed, protocol });
  });
  const only = (keep: (each: PlacedStep) => boolean) => {
    const chosen = steps.filter(({ index }) => keep(placed[index]!));
    return { steps: chosen, feeders: feedersOf(scenario, chosen) };
  };
  return {
    steps,
    flows: scenario.flows.map((flow) => ({
      name: flow.name,
      weight: flow.weight,
      ...only((each) => each.flow === flow),
    })),
    oncePerUser: only(({ part }) => part === 'oncePerUser'),
    cleanUp: only(({ part }) => part === 'cleanUp'),
  };
}

/** Why a scenario cannot be run, as the end of a sentence; null when it can. */
export async function scenarioProblem(scenario: Scenario, protocol: HttpProtocol = 'http1'): Promise<string | null> {
  try {
    await compileScenario(scenario, 0, protocol);
    return null;
  } catch (error) {
    if (error instanceof ScenarioMistake) return error.message;
    throw error;
  }
}

interface Tools {
  readonly jsonPath: (path: string) => JsonPath;
  readonly seed: number;
  readonly protocol: HttpProtocol;
}

function compileStep(placed: PlacedStep, index: number, scenario: Scenario, names: Names, tools: Tools): CompiledStep {
  const { step, flow } = placed;
  const naming = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ScenarioMistake(`step ${step.name}: ${what}${reason}`);
    }
  };
  const extractors = step.extract.map((each) =>
    naming(`extract ${each.as}: `, () => compileExtraction(each, tools.jsonPath)),
  );
  const checks = step.checks.map((each) => naming(`check ${each.name}: `, () => compileCheck(each, tools.jsonPath)));
  const capture = scenario.cookies || extractors.length > 0 || checks.some(({ needsCapture }) => needsCapture);
  return {
    index,
    name: step.name,
    step,
    flow: flow?.name ?? null,
    ...naming('', () =>
      compileRequest(step, sharedHeaders(scenario, placed), names, {
        capture,
        seed: tools.seed + index,
        protocol: tools.protocol,
      }),
    ),
    capture,
    extractors,
    checks,
    checksStatus: step.checks.some(({ kind }) => kind === 'status'),
    think: step.thinkTime,
    expected: step.expected,
  };
}

/** Before a user has logged in, headers of the scenario that name what the log-in extracts are left out. */
function sharedHeaders({ headers }: Scenario, { part, known }: PlacedStep): Scenario['headers'] {
  if (part !== 'oncePerUser') return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([, text]) => namesIn(text).every((name) => known.has(name))),
  );
}

function namesIn(text: string): readonly string[] {
  const parts = parseTemplate(text);
  return isParts(parts) ? parts.flatMap((part) => (part.kind === 'value' ? part.name : [])) : [];
}

function usesJsonPath({ extract, checks }: Step): boolean {
  return extract.some(({ from }) => from === 'jsonpath') || checks.some(({ kind }) => kind === 'jsonpath');
}

function noJsonPath(): never {
  throw new Error('no JSONPath was seen before');
}

/** Feeders with a column that the steps' templates name. */
function feedersOf({ feeders, headers }: Scenario, steps: readonly CompiledStep[]): readonly number[] {
  const templates = steps.flatMap(({ step }) => [...stepTemplates(step), ...headerTemplates(headers)]);
  const used = new Set(templates.flatMap(({ text }) => namesIn(text)));
  return feeders.flatMap((feeder, index) => (columnsOf(feeder).some((column) => used.has(column)) ? [index] : []));
}

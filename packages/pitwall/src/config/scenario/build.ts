import type { AbortRules, Flow, Scenario, Step } from '../../model/scenario.ts';
import { describeFound, type KeyPath, type Problem } from '../problem.ts';
import { validate } from '../validate.ts';
import { buildFeeders } from './feeders.ts';
import { jsonPathProblems } from './json-path.ts';
import { type FrameInput, scenarioFrame } from './schema.ts';
import { buildStep } from './step.ts';
import { stepSchema } from './step-schema.ts';
import { checkTemplates, valueAt } from './templates.ts';

/** A scenario as it is written. */
export interface ScenarioSource {
  /** With secrets filled in, and as it is in the file. */
  readonly resolved: unknown;
  readonly raw: unknown;
  /** Keys of it from the top of the document. */
  readonly path: KeyPath;
  /** Folder that files are relative to. */
  readonly directory: string;
  /** What it is called when it does not say. */
  readonly name: string;
}

export interface BuiltScenario {
  readonly scenario: Scenario;
  readonly abort: AbortRules | null;
}

/** Checks a scenario and gives it, or null after adding everything that is wrong with it to `problems`. */
export async function buildScenario(source: ScenarioSource, problems: Problem[]): Promise<BuiltScenario | null> {
  const before = problems.length;
  const { resolved, raw, path, directory } = source;
  const frame = validate(scenarioFrame, resolved, raw, path, problems);
  const lists = stepLists(resolved);
  const pathProblem = await jsonPathProblems(resolved);
  let complete = true;
  const steps = lists.map(({ at, count }) =>
    Array.from({ length: count }, (_, index): Step | null => {
      const keys = [...at, index];
      const inDocument = [...path, ...keys];
      const written = validate(stepSchema, valueAt(resolved, keys), valueAt(raw, keys), inDocument, problems);
      const step = written && buildStep(written, { directory, pathProblem, at: inDocument, problems });
      if (!step) complete = false;
      return step ?? null;
    }),
  );
  const built = (keys: KeyPath): readonly Step[] => {
    const index = lists.findIndex(({ at }) => String(at) === String(keys));
    return (steps[index] ?? []).filter((step) => step !== null);
  };
  if (frame !== undefined) checkFlows(frame, path, problems);
  const variables = frame?.variables ?? {};
  const feeders = await buildFeeders(frame?.feeders ?? {}, variables, directory, [...path, 'feeders'], problems);
  const scenario: Scenario = {
    name: frame?.name ?? source.name,
    flows: lists.filter(({ at }) => isFlow(at)).map(({ at }) => flowOf(at, frame, built(at))),
    feeders: feeders.feeders,
    variables,
    headers: frame?.headers ?? {},
    cookies: frame?.cookies ?? false,
    oncePerUser: built(['oncePerUser']),
    cleanUp: built(['cleanUp']),
  };
  const written = {
    path,
    steps: lists.flatMap(({ at }, list) => steps[list]!.flatMap((step, index) => (step ? [[...at, index]] : []))),
    raw,
    missing: feeders.missing,
    complete: frame !== undefined && complete && feeders.complete,
  };
  checkTemplates(scenario, written, problems);
  checkNames(scenario, written, problems);
  return problems.length === before ? { scenario, abort: frame?.abort ?? null } : null;
}

/** Where steps are written, in the order of `placedSteps`; also in a scenario that is wrong otherwise. */
function stepLists(scenario: unknown): readonly { readonly at: KeyPath; readonly count: number }[] {
  const flows = valueAt(scenario, ['flows']);
  const ofFlows = Array.isArray(flows) ? flows.map((_, index): KeyPath => ['flows', index, 'steps']) : [['steps']];
  return [...ofFlows, ['oncePerUser'], ['cleanUp']].flatMap((at) => {
    const list = valueAt(scenario, at);
    return Array.isArray(list) ? [{ at, count: list.length }] : [];
  });
}

function checkFlows({ flows, steps }: FrameInput, path: KeyPath, problems: Problem[]): void {
  if (flows === undefined && steps === undefined) {
    problems.push({ path, at: 'value', problem: 'it has nothing to do: give flows, or steps' });
  } else if (flows !== undefined && steps !== undefined) {
    const problem = 'the steps are in flows already: leave out one of the two';
    problems.push({ path: [...path, 'steps'], at: 'key', problem });
  }
  const seen = new Set<string>();
  for (const [index, { name }] of (flows ?? []).entries()) {
    if (name !== undefined && seen.has(name)) {
      const problem = `a second flow is called ${describeFound(name)}: give them different names`;
      problems.push({ path: [...path, 'flows', index, 'name'], at: 'value', problem });
    }
    if (name !== undefined) seen.add(name);
  }
}

const isFlow = ([key]: KeyPath): boolean => key === 'flows' || key === 'steps';

function flowOf([, index]: KeyPath, frame: FrameInput | undefined, steps: readonly Step[]): Flow {
  if (index === undefined) return { name: 'flow', weight: 1, steps };
  const { name = `flow ${Number(index) + 1}`, weight = 1 } = frame?.flows?.[Number(index)] ?? {};
  return { name, weight, steps };
}

/** Names of steps are unique, because results are found by them; names of values do not hide one another. */
function checkNames(
  { flows, oncePerUser, cleanUp, feeders }: Scenario,
  written: { readonly path: KeyPath; readonly steps: readonly KeyPath[] },
  problems: Problem[],
): void {
  const steps = [...flows.flatMap((flow) => flow.steps), ...oncePerUser, ...cleanUp];
  const columns = new Map(feeders.flatMap(({ name, rows }) => Object.keys(rows[0]!).map((column) => [column, name])));
  const seen = new Set<string>();
  for (const [index, { name, extract }] of steps.entries()) {
    const at = [...written.path, ...written.steps[index]!];
    if (seen.has(name)) {
      const problem = `a second step is called ${describeFound(name)}: give them different names`;
      problems.push({ path: at, at: 'value', problem });
    }
    seen.add(name);
    for (const { as } of extract) {
      const feeder = columns.get(as);
      if (feeder === undefined) continue;
      const problem = `the feeder ${feeder} has a column of that name: which value is meant would not be clear`;
      problems.push({ path: [...at, 'extract', as], at: 'key', problem });
    }
  }
}

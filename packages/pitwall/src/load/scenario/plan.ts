import type { LoadEndpoint, LoadOptions } from '../../model/load.ts';
import type { Feeder, Scenario } from '../../model/scenario.ts';
import type { PlainRequest } from '../channel.ts';
import { splitEvenly } from '../split.ts';
import { type CompiledStep, compileScenario } from './compile.ts';
import { cookieOrigin } from './cookie-jar.ts';
import { dealer } from './feeder.ts';
import { User } from './users.ts';

/** What reports say of a step. */
export interface StepInfo {
  readonly name: string;
  readonly method: string;
  readonly flow: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly checks: readonly string[];
}

/** The steps of a load, in the order in which results hold them. */
export function stepsOf({ scenario, endpoints }: Pick<LoadOptions, 'scenario' | 'endpoints'>): readonly StepInfo[] {
  if (!scenario) return endpoints.map(({ name, method }) => ({ name, method, flow: null, tags: {}, checks: [] }));
  return scenario.flows.flatMap((flow) =>
    flow.steps.map(({ name, method, tags, checks }) => ({
      name,
      method,
      flow: flow.name,
      tags,
      checks: checks.map((check) => check.name),
    })),
  );
}

export interface PlanPlace {
  readonly worker: number;
  readonly workers: number;
}

/** Steps outside the flows, and what gives a user its rows for them: why there are none, or null. */
export interface Errand {
  readonly steps: readonly CompiledStep[];
  /** Whether a step that names a value which its user never got is not needed, instead of failed. */
  readonly skips: boolean;
  feed(user: User): string | null;
}

const NO_ERRAND: Errand = { steps: [], skips: false, feed: () => null };

/** What one worker has to do, made ready. */
export interface Plan {
  readonly steps: readonly StepInfo[];
  /** Of the flows. */
  readonly weights: readonly number[];
  /** One unvarying request a flow, when that is all there is: the short way. Else null. */
  readonly simple: readonly PlainRequest[] | null;
  /** Step by step, in the order of `steps`; empty for the short way. */
  readonly compiled: readonly CompiledStep[];
  readonly oncePerUser: Errand;
  readonly cleanUp: Errand;
  readonly cookies: boolean;
  firstStep(flow: number): number;
  stepOf(flow: number, position: number): number;
  lengthOf(flow: number): number;
  /** Whether another step of the flow comes after this one. */
  hasSuccessor(step: number): boolean;
  /** The user at that position among the worker's. */
  user(index: number): User;
  /** Gives a user the rows of its next iteration; why there are none, as the end of a sentence, or null. */
  feed(user: User): string | null;
}

/** `users`: how many each worker has, by `usersOf`. Throws ScenarioMistake. */
export async function planOf(options: LoadOptions, place: PlanPlace, users: number): Promise<Plan> {
  const { scenario } = options;
  return scenario ? planOfScenario(scenario, options, place, users) : planOfEndpoints(options.endpoints);
}

function planOfEndpoints(endpoints: readonly LoadEndpoint[]): Plan {
  return {
    steps: stepsOf({ endpoints }),
    weights: endpoints.map(({ weight }) => weight),
    simple: endpoints.map(({ method, path, headers, body }) => ({
      method,
      path,
      headers,
      body: body === undefined ? null : Buffer.from(body, 'utf8'),
      capture: false,
    })),
    compiled: [],
    oncePerUser: NO_ERRAND,
    cleanUp: NO_ERRAND,
    cookies: false,
    firstStep: (flow) => flow,
    stepOf: (flow) => flow,
    lengthOf: () => 1,
    hasSuccessor: () => false,
    user: (index) => new User(index, index, 0, null),
    feed: () => null,
  };
}

async function planOfScenario(
  scenario: Scenario,
  { url, endpoints, seed, protocol }: LoadOptions,
  { worker, workers }: PlanPlace,
  users: number,
): Promise<Plan> {
  const { steps, flows, oncePerUser, cleanUp } = await compileScenario(scenario, seed, protocol);
  const offsets = flows.map((_, i) => flows.slice(0, i).reduce((sum, flow) => sum + flow.steps.length, 0));
  const last = new Set(flows.map((flow, i) => offsets[i]! + flow.steps.length - 1));
  // Neighbouring users sit in one worker here and their arrivals are dealt in turn: only the numbers matter, and they are unique.
  const firstUser = splitEvenly(users, workers)
    .slice(0, worker)
    .reduce((sum, share) => sum + share, 0);
  const place = { worker, workers, firstUser, seed };
  const dealers = scenario.feeders.map((feeder) => dealer(feeder, place));
  const dealt = new Set(flows.flatMap((flow) => flow.feeders));
  const origin = scenario.cookies ? cookieOrigin(new URL(url)) : null;
  const feed = (user: User, feeders: readonly number[]): string | null => {
    for (const feeder of feeders) {
      const row = dealers[feeder]!.next(user.index);
      if (row === null) return dryness(scenario.feeders[feeder]!);
      Object.assign(user.scope.values, row);
    }
    return null;
  };
  const isSimple = flows.every(
    (flow) => flow.steps.length === 1 && flow.feeders.length === 0 && flow.steps.every(isUnvarying),
  );
  return {
    steps: stepsOf({ scenario, endpoints }),
    weights: flows.map(({ weight }) => weight),
    simple:
      isSimple && oncePerUser.steps.length === 0 && cleanUp.steps.length === 0
        ? flows.map((flow) => flow.steps[0]!.fixed!)
        : null,
    compiled: steps,
    oncePerUser: { steps: oncePerUser.steps, skips: false, feed: (user) => feed(user, oncePerUser.feeders) },
    // A user cleans up with the rows of its last iteration; only what no flow used is still to be dealt. Who never got as far as
    // making something has nothing to take away.
    cleanUp: {
      steps: cleanUp.steps,
      skips: true,
      feed: (user) =>
        feed(
          user,
          cleanUp.feeders.filter((feeder) => !dealt.has(feeder)),
        ),
    },
    cookies: scenario.cookies,
    firstStep: (flow) => offsets[flow]!,
    stepOf: (flow, position) => offsets[flow]! + position,
    lengthOf: (flow) => flows[flow]!.steps.length,
    hasSuccessor: (step) => step < steps.length && !last.has(step) && steps[step]!.flow !== null,
    user: (index) => new User(index, firstUser + index, seed, origin),
    feed: (user) => feed(user, flows[user.flow]!.feeders),
  };
}

function isUnvarying({ fixed, capture, checks, think }: CompiledStep): boolean {
  return fixed !== null && !capture && checks.length === 0 && think === null;
}

function dryness({ name, rows }: Feeder): string {
  return `the feeder ${name} ran dry: its ${rows.length} rows are used up`;
}

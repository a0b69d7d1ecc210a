import { PitwallError } from '../errors.ts';
import { readHostLimits } from '../load/host-limits.ts';
import { LONGEST_COUNTED_RUN, presetNamed } from '../load/presets.ts';
import { isOpen, ownDuration, rateAt, SHAPES } from '../load/shapes/index.ts';
import type { LoadTarget } from '../model/integration.ts';
import type { LoadEndpoint, LoadOptions } from '../model/load.ts';
import type { ShapeId } from '../model/shape.ts';
import { readTraceFile } from './load-files.ts';
import type { Session, SessionTarget } from './session.ts';

export interface LoadPlan {
  readonly target: SessionTarget;
  readonly url: string;
  readonly endpoints: readonly LoadEndpoint[];
  readonly tls?: LoadTarget['tls'];
}

/**
 * Where the configured load goes and what it requests: `load.endpoints`, or else the target's endpoints with safe methods.
 * Null when no target takes a load. Throws LOAD_TARGET_UNCLEAR when several could.
 */
export function loadPlanOf(session: Session): LoadPlan | null {
  const { load } = session.config;
  const possible = session.targets.filter(({ integration }) => integration.loadTarget !== undefined);
  const chosen = load.target === null ? possible : possible.filter(({ target }) => target.id === load.target);
  if (chosen.length > 1) {
    throw new PitwallError('LOAD_TARGET_UNCLEAR', { targets: chosen.map(({ target }) => target.id).join(', ') });
  }
  const target = chosen[0];
  if (!target) {
    if (load.target !== null) throw new PitwallError('LOAD_TARGET_UNKNOWN', { target: load.target });
    return null;
  }
  const { url, endpoints, tls } = target.integration.loadTarget!(target.configured.options, target.connection);
  return { target, url, endpoints: load.endpoints.length > 0 ? load.endpoints : endpoints, ...(tls ? { tls } : {}) };
}

/** What takes precedence over the configuration: flags, a trial's block, a step of a search. */
export type LoadOverrides = Partial<LoadOptions> & {
  /** A trace that is still to be read. */
  readonly traceFile?: string;
};

/**
 * The configured load as the engine takes it, and where it goes. What is said nearer wins: flags (`overrides`), then what the
 * file says, then the preset that the file names, then defaults. What the file says of a course that the flags replace by
 * another one (`think time` where they give a rate) is left out. Stages and traces have a length of their own, which is the
 * duration where none is said; a trace has no warm-up where none is said. A number of iterations has none either, and ten
 * minutes for them: the numbers of the counted presets; and no more users than iterations where nobody says how many.
 * @throws PitwallError LOAD_NOTHING_TO_REQUEST, as `loadPlanOf` does, and what reading a trace throws
 */
export async function loadOptionsOf(
  session: Session,
  { traceFile: traceFlag, ...overrides }: LoadOverrides = {},
): Promise<{ readonly plan: LoadPlan; readonly options: LoadOptions }> {
  const plan = loadPlanOf(session);
  const {
    target: _,
    accessLog: __,
    accessLogFormat: ___,
    trace: traceInFile,
    preset,
    given,
    ...written
  } = session.config.load;
  const load = Object.fromEntries(
    Object.entries(written).filter(([, value]) => value !== null),
  ) as Partial<LoadOptions>;
  const scenario = overrides.scenario ?? load.scenario ?? null;
  if (!plan || (plan.endpoints.length === 0 && !scenario)) throw new PitwallError('LOAD_NOTHING_TO_REQUEST');
  const inFile = Object.fromEntries(Object.entries(load).filter(([key]) => given.includes(key)));
  const configured = { ...load, ...(preset === null ? {} : { ...presetNamed(preset).shape, ...inFile }) };
  const shape = courseOf({ ...overrides, ...(traceFlag === undefined ? {} : { shape: 'trace' }) }, configured.shape);
  const traceFile = traceFlag ?? traceInFile;
  const trace =
    shape !== 'trace' || overrides.trace !== undefined || traceFile === null
      ? undefined
      : await readTraceFile(traceFile, { scenario, endpoints: plan.endpoints });
  // Rules in `load:` go before those that came with a scenario.
  const abort = overrides.scenario === undefined ? overrides.abort : (load.abort ?? overrides.abort);
  const options = {
    ...partsOf(configured, shape, overrides),
    url: plan.url,
    endpoints: plan.endpoints,
    ...overrides,
    ...(trace === undefined ? {} : { trace }),
    ...(abort === undefined ? {} : { abort }),
    // A replay is what it is: a warm-up that nobody asked for would swallow its beginning.
    ...(shape === 'trace' && overrides.warmup === undefined && !given.includes('warmup') ? { warmup: 0 } : {}),
    shape,
  } as LoadOptions;
  const length = Object.hasOwn(SHAPES, shape) ? ownDuration(options) : null;
  // What the file's own stages take, the configuration has worked out already.
  const fromFlags = overrides.stages !== undefined || overrides.trace !== undefined || traceFlag !== undefined;
  const said = overrides.duration !== undefined || (!fromFlags && (traceInFile === null || given.includes('duration')));
  // Users who wait, in a file, are no limit of connections for the rate that the flags ask for instead.
  const same = isOpen({ ...configured, shape: configured.shape ?? 'closed' } as LoadOptions);
  const saidUsers = overrides.users !== undefined || (same && (given.includes('users') || preset !== null));
  const isSaid = (key: 'users' | 'duration' | 'warmup') =>
    overrides[key] !== undefined || given.includes(key) || preset !== null;
  const counted = options.iterations !== undefined;
  // Ten users that nobody asked for are not to stand in the way of five requests.
  const fewer = counted && !isSaid('users') && !isOpen(options) && options.users > options.iterations!;
  return {
    plan,
    options: {
      ...options,
      ...(length !== null && !said ? { duration: length } : {}),
      ...(counted && !isSaid('duration') ? { duration: LONGEST_COUNTED_RUN } : {}),
      ...(fewer ? { users: options.iterations! } : {}),
      // So many are sent: those of a warm-up would come on top.
      ...(counted && !isSaid('warmup') ? { warmup: 0 } : {}),
      ...(saidUsers || !Object.hasOwn(SHAPES, shape) || !isOpen(options) ? {} : { users: connectionsFor(options) }),
    },
  };
}

/** An open load with fewer connections than this would wait for them at the first hiccup of the service. */
const FEWEST_CONNECTIONS = 100;
const MOST_CONNECTIONS = 10_000;

/**
 * How many connections an open load may have when nobody says: as many as come in a second at its highest rate, so that a stall of
 * a second is met as users would meet it, and not by a queue in the generator. They are opened when they are needed.
 */
function connectionsFor({ rate = 0, peak = 0, stages = [], trace, speed = 1, connections = 0 }: LoadOptions): number {
  const recorded = trace && trace.at.length > 1 ? (trace.at.length / (trace.at.at(-1)! || 1)) * speed : 0;
  const highest = Math.max(rate, peak, recorded, ...stages.map((stage) => stage.rate ?? 0));
  const files = (readHostLimits().openFiles ?? Number.POSITIVE_INFINITY) / 2;
  return Math.floor(Math.min(MOST_CONNECTIONS, files, Math.max(FEWEST_CONNECTIONS, connections, Math.ceil(highest))));
}

/** Shapes whose rate can be another one while the rest of them stays. */
const OF_A_RATE: readonly (ShapeId | undefined)[] = ['constant-rate', 'poisson', 'spike', 'soak'];

/** The shape that is meant: as it is said, or as the flags imply it over the configured one. */
function courseOf({ shape, peak, rate }: Partial<LoadOptions>, configured: ShapeId | undefined): ShapeId {
  if (shape !== undefined) return shape;
  if (peak !== undefined) return 'spike';
  if (rate !== undefined && !OF_A_RATE.includes(configured)) return 'constant-rate';
  return configured ?? 'closed';
}

/** Which shapes listen to what only some listen to. */
const PARTS: Readonly<Partial<Record<keyof LoadOptions, readonly ShapeId[]>>> = {
  rate: ['constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak'],
  arrivals: ['poisson', 'ramping-rate', 'steps', 'spike', 'soak'],
  rampUp: ['closed', 'soak'],
  thinkTime: ['closed', 'steps', 'spike', 'soak'],
  stages: ['ramping-rate', 'steps'],
  peak: ['spike'],
  peakAt: ['spike'],
  peakFor: ['spike'],
  trace: ['trace'],
  speed: ['trace'],
  iterations: ['closed'],
};
const OF_USERS: readonly string[] = ['rampUp', 'thinkTime', 'iterations'];

function partsOf(load: Partial<LoadOptions>, shape: ShapeId, { rate, duration }: LoadOverrides): Partial<LoadOptions> {
  const belongs = (key: string) =>
    (PARTS[key as keyof LoadOptions]?.includes(shape) ?? true) &&
    !(rate !== undefined && OF_USERS.includes(key)) &&
    // What counts its requests, a file or its preset, counts the time instead when one is asked for.
    !(duration !== undefined && key === 'iterations');
  return Object.fromEntries(Object.entries(load).filter(([key]) => belongs(key)));
}

/** See load/shapes. */
export { peakUsersOf } from '../load/shapes/index.ts';

/** Iterations per second that are planned around a second of the measured part; null for users who wait. */
export function plannedRate(options: LoadOptions, second: number): number | null {
  return rateAt(options, Math.max(0, second - 0.5));
}

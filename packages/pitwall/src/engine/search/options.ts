import { readHostLimits } from '../../load/host-limits.ts';
import { connectionsFor } from '../../load/search/plan.ts';
import type { LoadOptions } from '../../model/load.ts';
import type { SearchObjective } from '../../model/search.ts';
import type { LoadOverrides } from '../load-options.ts';
import { loadOptionsOf } from '../load-options.ts';
import type { Session } from '../session.ts';

/** Files that this process has open besides connections; see load/host-limits.ts, with room for its workers. */
const OWN_FILES = 200;

/**
 * The session with a load of no shape of its own: stages, ramp-ups and think times of the configuration have no place in a
 * step at a constant rate. Everything else (target, scenario, endpoints, protocol, seed) stays.
 */
export function withoutShape(session: Session): Session {
  const {
    arrivals: _arrivals,
    rampUp: _rampUp,
    thinkTime: _thinkTime,
    stages: _stages,
    peak: _peak,
    peakAt: _peakAt,
    peakFor: _peakFor,
    speed: _speed,
    ...load
  } = session.config.load;
  const plain = { ...load, shape: 'constant-rate' as const, rate: null, trace: null, preset: null, given: [] };
  return { ...session, config: { ...session.config, load: plain } };
}

/** What a step at one rate says over the configuration. */
export type StepOverrides = (step: { readonly rate: number; readonly duration: number }) => LoadOverrides;

/**
 * Overrides for the steps of a search. `overrides`: from flags, shape and rate aside. Arrivals stay at random when they are
 * configured so.
 */
export async function stepOptions(
  session: Session,
  overrides: LoadOverrides,
  objectives: readonly SearchObjective[],
): Promise<{ readonly options: LoadOptions; readonly step: StepOverrides }> {
  const random = overrides.shape === 'poisson' || (!overrides.shape && isRandom(session));
  const plain = withoutShape(session);
  const { options } = await loadOptionsOf(plain, { ...overrides, rate: 1 });
  const { openFiles, localPorts } = readHostLimits();
  const most = Math.min((openFiles ?? Number.POSITIVE_INFINITY) - OWN_FILES, localPorts ?? Number.POSITIVE_INFINITY);
  const seconds = patience(objectives, options.timeout);
  return {
    options,
    step: ({ rate, duration }) => ({
      ...overrides,
      shape: random ? 'poisson' : 'constant-rate',
      rate,
      // Connections that users share (HTTP/2) are never more than the users.
      users: Math.max(options.connections ?? 1, connectionsFor(rate, { seconds, configured: options.users, most })),
      duration,
    }),
  };
}

/** Seconds that a request may take before connections run out: twice what the objectives allow, a second at least. */
function patience(objectives: readonly SearchObjective[], timeout: number): number {
  const times = objectives.filter(({ unit, direction }) => unit === 's' && direction === 'lower-is-better');
  return Math.min(timeout, Math.max(1, ...times.map(({ limit }) => 2 * limit)));
}

function isRandom(session: Session): boolean {
  const { shape, arrivals } = session.config.load;
  return shape === 'poisson' || arrivals === 'poisson';
}

import { PitwallError } from '../../errors.ts';
import type { SearchPlan, SearchWhy } from '../../model/search.ts';

/** Shortest step of which thirds can be compared, second by second (s). */
const SHORTEST_STEP = 3;
/** Finer than this no two runs of one service agree. */
const FINEST = 0.005;

/**
 * Defaults. Three thousand requests: a queue near its limit forgets only slowly what it was, and a p99 needs more than the
 * hundred requests that it is made of; with fewer, rates a few per cent over the capacity of a slow service pass
 * (simulated in simulation.test.ts). Three times the step is as much longer as anybody waits for it.
 */
const DEFAULTS = {
  from: 10,
  to: 1_000_000,
  resolution: 0.05,
  stepDuration: 10,
  enoughRequests: 3000,
  repeats: 3,
  mostHolds: 2,
  mostRetries: 2,
  mostSteps: 60,
} as const;

/**
 * A plan with what is not given filled in.
 * @throws PitwallError LOAD_OPTIONS_INVALID
 */
export function searchPlan(given: Partial<Omit<SearchPlan, 'longestStep'>>): SearchPlan {
  const plan = { ...DEFAULTS, ...given };
  const problem = problemOf(plan);
  if (problem !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
  return { ...plan, longestStep: 3 * plan.stepDuration };
}

function problemOf(plan: Omit<SearchPlan, 'longestStep'>): string | null {
  const { from, to, resolution, stepDuration } = plan;
  if (!(from > 0 && from <= DEFAULTS.to)) return `--search-from must be above 0 and at most ${DEFAULTS.to}`;
  if (!(to >= from && to <= DEFAULTS.to)) {
    return `--search-to must be at least --search-from (${from}) and at most ${DEFAULTS.to}`;
  }
  if (!(resolution >= FINEST && resolution <= 1)) return '--resolution must be from 0.5% to 100%';
  if (!(stepDuration >= SHORTEST_STEP && stepDuration <= 3600)) {
    return `--step-duration must be from ${SHORTEST_STEP} s to 1 h: shorter steps cannot be seen to come to rest`;
  }
  if (from * stepDuration < 1) return `--search-from ${from} for ${stepDuration} s is not even one request`;
  return null;
}

/**
 * Measured seconds of a step. On the way up a glance is enough: whatever matters there is looked at again. `undecided`: the step
 * before was held because it had too few requests; this one is as long as a step may be.
 */
export function secondsOf(
  { rate, why, undecided = false }: { readonly rate: number; readonly why: SearchWhy; readonly undecided?: boolean },
  plan: SearchPlan,
): number {
  if (why === 'hold' && undecided) return plan.longestStep;
  if (why === 'start' || why === 'double') return plan.stepDuration;
  return Math.min(plan.longestStep, Math.max(plan.stepDuration, Math.ceil(plan.enoughRequests / rate)));
}

/** Most connections of one step: more than a server usually takes, few enough for one process. And the fewest. */
const CONNECTIONS = { most: 10_000, least: 100 } as const;

/**
 * Connections for a rate: enough for a service that takes `seconds` for each request, so that it is not their number that
 * holds it back; never fewer than configured. `most`: what this host allows.
 */
export function connectionsFor(
  rate: number,
  options: { readonly seconds: number; readonly configured: number; readonly most: number },
): number {
  const wanted = Math.max(CONNECTIONS.least, options.configured, Math.ceil(rate * options.seconds));
  return Math.max(1, Math.min(options.most, CONNECTIONS.most, wanted));
}

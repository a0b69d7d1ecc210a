import type { ShapeId, ShapeOptions } from '../../model/shape.ts';
import { dealt } from '../split.ts';
import { Arrivals, type Part, type Slice } from './arrivals.ts';
import { ArrivalsDriver } from './arrivals-driver.ts';
import { closed } from './closed.ts';
import { constantRate } from './constant-rate.ts';
import { after, type Curve, flat, follow, peakOf, valueAt } from './curve.ts';
import { MOST, type Profile, type ShapeDefinition } from './define.ts';
import { STREAM } from './draw.ts';
import type { Carrier, Driver } from './driver.ts';
import { EvenPlan, type Plan } from './plan.ts';
import { poisson } from './poisson.ts';
import { PoissonPlan } from './poisson-plan.ts';
import { rampingRate } from './ramping-rate.ts';
import { soak } from './soak.ts';
import { spike } from './spike.ts';
import { steps } from './steps.ts';
import { thinkTimeProblem } from './think.ts';
import { trace } from './trace.ts';
import { firstAtOrAfter, TracePlan } from './trace-plan.ts';
import { UsersDriver, type Window } from './users-driver.ts';
import { seconds as inWords } from './words.ts';

export type { Slice } from './arrivals.ts';
export type { Window } from './users-driver.ts';

/** All shapes, by id. */
export const SHAPES: Readonly<Record<ShapeId, ShapeDefinition>> = {
  closed,
  'constant-rate': constantRate,
  poisson,
  'ramping-rate': rampingRate,
  steps,
  spike,
  soak,
  trace,
};

/** Whether iterations start at planned times (open) instead of when a user is ready (closed). */
export const isOpen = (options: ShapeOptions): boolean => SHAPES[options.shape].isOpen(options);

/**
 * What makes a shape impossible to run, as part of the sentence "This load cannot be run: …"; null when nothing does. Looks at
 * all of `ShapeOptions`. The other functions here are for options without a problem.
 */
export function shapeProblem(options: ShapeOptions): string | null {
  const { shape, users, duration, warmup, rampUp = 0, thinkTime, iterations } = options;
  if (!Object.hasOwn(SHAPES, shape)) return `the shape must be one of ${Object.keys(SHAPES).join(', ')}`;
  if (!isWhole(users, 1, MOST.users)) return `users must be a whole number from 1 to ${MOST.users}`;
  if (!(duration > 0 && duration <= MOST.duration)) return 'the duration must be above 0 and at most 24 h';
  if (!(warmup >= 0 && warmup <= MOST.duration)) return 'the warm-up must be at least 0 and at most 24 h';
  if (iterations !== undefined) {
    if (shape !== 'closed')
      return `the shape ${shape} has no number of iterations: that is for users who wait (closed)`;
    if (!isWhole(iterations, 1, MOST.iterations))
      return `iterations must be a whole number from 1 to ${MOST.iterations}`;
    // As k6 (shared-iterations), ab and hey refuse it: those without one would be users in name only, in every figure a user.
    if (iterations < users) {
      return `${iterations} ${iterations === 1 ? 'iteration is' : 'iterations are'} fewer than the ${users} users, and users without one would only be there in name; take at most ${iterations} of them`;
    }
  }
  const own = SHAPES[shape].problem(options);
  if (own !== null) return own;
  if (isOpen(options)) {
    if (thinkTime) return 'only users think: a think time needs a closed shape';
    if (rampUp > 0) return 'only users have a ramp-up: a rate that rises is the shape ramping-rate';
    return nothingPlanned(options);
  }
  if (options.arrivals !== undefined) return 'arrivals are even or random in open shapes only';
  if (!(rampUp >= 0 && rampUp < warmup + duration)) {
    return `the ramp-up must be at least 0 s and shorter than warm-up and duration together (${inWords(warmup + duration)})`;
  }
  if (rampUp > 0 && shape !== 'closed' && shape !== 'soak') return `the shape ${shape} has no ramp-up`;
  return thinkTime ? thinkTimeProblem(thinkTime) : null;
}

/** A plan at random may be empty, and then the run says so; one that is meant to be is refused. */
function nothingPlanned(options: ShapeOptions): string | null {
  const profile = SHAPES[options.shape].profile(options);
  if (profile.kind !== 'rate')
    return plannedIterations(options, 0) === 0 ? 'nothing of the trace is in the measured part' : null;
  if (new EvenPlan(profile.rate).count >= 1) return null;
  const rate = options.rate === undefined ? '' : `${options.rate} requests/s for `;
  return `${rate}${options.duration} s is not even one request`;
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/**
 * When the measured part is, in ms, for a schedule that begins (with its warm-up) at `t0`. After a warm-up at an even rate it
 * begins at the planned time of its first arrival, so that the distances stay equal.
 */
export function measuredWindow(options: ShapeOptions, t0: number): { readonly start: number; readonly end: number } {
  const profile = SHAPES[options.shape].profile(options);
  const start = t0 + warmupSeconds(profile, options.warmup) * 1000;
  return { start, end: start + options.duration * 1000 };
}

function warmupSeconds(profile: Profile, warmup: number): number {
  if (profile.kind !== 'rate' || profile.arrivals !== 'even') return warmup;
  const first = valueAt(profile.rate, 0);
  return first > 0 ? Math.round(first * warmup) / first : warmup;
}

/** Iterations that an open shape starts in its measured part, by all workers; null for closed shapes. */
export function plannedIterations(options: ShapeOptions, seed: number): number | null {
  const profile = SHAPES[options.shape].profile(options);
  return profile.kind === 'users' ? null : measuredPlan(profile, options, seed).count;
}

/** The most users there are at a time; for open shapes, connections that may be open. */
export function mostUsers(options: ShapeOptions): number {
  const profile = SHAPES[options.shape].profile(options);
  return profile.kind === 'users' ? Math.ceil(peakOf(profile.users)) : options.users;
}

/** The most users there are at a time, where their number changes; null where it does not, and for open shapes. */
export function peakUsersOf(options: ShapeOptions): number | null {
  const changes = options.shape === 'steps' || options.shape === 'spike';
  return changes && !isOpen(options) ? mostUsers(options) : null;
}

/** How many of them a worker has; their channels. */
export function usersOf(options: ShapeOptions, worker: number, workers: number): number {
  return dealt(mostUsers(options), worker, workers);
}

/**
 * Seconds that a shape takes by itself, after its warm-up: its stages, or what is left of the trace. Null when it goes on for as
 * long as it is wanted.
 */
export function ownDuration(
  options: Pick<ShapeOptions, 'shape' | 'stages' | 'trace' | 'speed' | 'warmup'>,
): number | null {
  return SHAPES[options.shape].seconds?.(options) ?? null;
}

/** Iterations per second that are planned at a second of the measured part; null for closed shapes. */
export function rateAt(options: ShapeOptions, seconds: number): number | null {
  const profile = SHAPES[options.shape].profile(options);
  if (profile.kind === 'users') return null;
  if (profile.kind === 'rate') return valueAt(profile.rate, seconds);
  const { at } = profile.trace;
  const second = options.warmup + Math.floor(seconds);
  return firstAtOrAfter(at, profile.speed, second + 1) - firstAtOrAfter(at, profile.speed, second);
}

/** Users who are there at a second of the measured part (negative: of the warm-up); null for open shapes. */
export function usersAt(options: ShapeOptions, seconds: number): number | null {
  const profile = SHAPES[options.shape].profile(options);
  if (profile.kind !== 'users') return null;
  return Math.max(0, Math.ceil(valueAt(usersCurve(profile, options), seconds + options.warmup) - 1e-9));
}

/**
 * The driver of one worker's share. `window`: on the clock of its thread, as `measuredWindow` has it. The same seed gives the same
 * plan, whatever the number of workers.
 */
export function createDriver(
  options: ShapeOptions,
  slice: Slice,
  window: Window,
  seed: number,
  carrier: Carrier,
): Driver {
  const profile = SHAPES[options.shape].profile(options);
  if (profile.kind === 'users') {
    const users = usersCurve(profile, options);
    const { thinkTime = null, iterations: all } = options;
    const iterations = all === undefined ? null : dealt(all, slice.worker, slice.workers);
    return new UsersDriver(carrier, { users, thinkTime, iterations, window, slice, seed });
  }
  const warmup: Part = { begin: window.t0, plan: () => warmupPlan(profile, options, seed) };
  const measured: Part = { begin: window.start, plan: () => measuredPlan(profile, options, seed) };
  return new ArrivalsDriver(carrier, new Arrivals(warmup, measured, slice));
}

/** Over the seconds since the schedule began, with the warm-up. */
function usersCurve(profile: Profile & { kind: 'users' }, { warmup, duration }: ShapeOptions): Curve {
  const { users, rampUp } = profile;
  if (rampUp > 0) return follow(0, [{ to: valueAt(users, 0), over: rampUp, hold: 0 }], warmup + duration);
  return after(warmup, users);
}

type OpenProfile = Exclude<Profile, { kind: 'users' }>;

function warmupPlan(profile: OpenProfile, { warmup }: ShapeOptions, seed: number): Plan {
  if (profile.kind === 'trace') return new TracePlan(profile.trace, profile.speed, 0, warmup);
  const rate = flat(valueAt(profile.rate, 0), warmup);
  return profile.arrivals === 'even' ? new EvenPlan(rate) : new PoissonPlan(rate, seed, STREAM.warmupArrivals);
}

function measuredPlan(profile: OpenProfile, { warmup, duration }: ShapeOptions, seed: number): Plan {
  if (profile.kind === 'trace') return new TracePlan(profile.trace, profile.speed, warmup, warmup + duration);
  if (profile.arrivals === 'even') return new EvenPlan(profile.rate);
  return new PoissonPlan(profile.rate, seed, STREAM.arrivals);
}

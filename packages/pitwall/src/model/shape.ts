import type { ThinkTime } from './scenario.ts';

/**
 * How load evolves. Closed shapes move a number of users who wait for their answers; open ones start iterations at planned times
 * whatever the service does. An iteration is one pass through a flow: one request, when flows have one step.
 */
export type ShapeId = 'closed' | 'constant-rate' | 'poisson' | 'ramping-rate' | 'steps' | 'spike' | 'soak' | 'trace';

/** A stretch of a shape: from where it was to `rate` (or `users`) within `over` seconds, then held for `hold` seconds. */
export interface Stage {
  /** Iterations per second. A stage has either a rate or users, and all stages of a shape have the same. */
  readonly rate?: number;
  readonly users?: number;
  readonly over: number;
  readonly hold: number;
}

/** Recorded arrivals, ascending. */
export interface Trace {
  /** Seconds since the first one. */
  readonly at: Float64Array;
  /** Which flow each one takes; as long as `at`. */
  readonly flow: Uint16Array;
}

export interface ShapeOptions {
  readonly shape: ShapeId;
  /** Closed, and base of a closed spike or soak: users. Open: the most connections that may be open. Closed steps have their own. */
  readonly users: number;
  /**
   * Iterations per second: constant-rate, poisson; base of an open spike or soak; where ramping-rate and open steps begin (0 when
   * it is not there).
   */
  readonly rate?: number;
  /** Open shapes: at equal distances (default) or at random ones. The shape poisson is always at random, constant-rate and trace never. */
  readonly arrivals?: 'even' | 'poisson';
  /** closed and closed soak: seconds in which the users start, evenly spread, from the beginning of the warm-up. */
  readonly rampUp?: number;
  /** Closed shapes: pause of a user between two iterations. */
  readonly thinkTime?: ThinkTime;
  /** ramping-rate, steps. Together not longer than the duration; the last value is held until its end. */
  readonly stages?: readonly Stage[];
  /**
   * spike: the height (rate or users, as the base is), and when it is, in seconds of the measured part. Default: the third fifth of
   * it, so that there is as much to see before as after.
   */
  readonly peak?: number;
  readonly peakAt?: number;
  readonly peakFor?: number;
  readonly trace?: Trace;
  /** trace: how many times faster than recorded. Default 1. */
  readonly speed?: number;
  /**
   * closed: counted iterations of all users together, a whole number ≥ 1, after which the run is complete; each user takes the next
   * one when it is free. `duration` is then the longest that the run may take.
   */
  readonly iterations?: number;
  /** Seconds that count. */
  readonly duration: number;
  /**
   * Seconds before them that do not. They hold the shape's first rate or number of users (at 0 nothing is sent); of a trace they
   * are the first seconds of its replay.
   */
  readonly warmup: number;
}

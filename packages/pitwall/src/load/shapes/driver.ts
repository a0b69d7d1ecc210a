import type { Channel } from '../channel.ts';

/** An iteration that could not be started: when it was due, and whether it belongs to the measured part. */
export interface Due {
  readonly intended: number;
  readonly counted: boolean;
  /** Which flow it would have taken; -1: the next of the mix. */
  readonly flow: number;
}

/** When iterations are started, and on which channel: by users who wait, or by arrivals. Times in ms of the thread's clock. */
export interface Driver {
  begin(now: number): void;
  /** The connection was made and can carry its first request. */
  opened(channel: Channel, now: number): void;
  /** The iteration on this channel is over and it can carry another one. */
  free(channel: Channel, now: number): void;
  /** The iteration is over, the channel has no connection any more and should not be opened before `delay` ms have passed. */
  lost(channel: Channel, now: number, delay: number): void;
  /** An idle connection was closed by the server. */
  dropped(channel: Channel): void;
  /** Takes the iteration that a failed connection attempt costs; null when none was waiting for it. */
  takeUnconnected(channel: Channel, now: number): Due | null;
  /** The plan is over: what is due is started, nothing after it. `end` may come before its time (a run that is cut short). */
  end(now: number): void;
  /** Counted iterations of the plan that were begun: on a channel, or by a connection attempt that failed. */
  readonly started: number;
  /** Counted iterations of the plan that were due by the end and never started, and those that had to wait for a channel. */
  readonly unsent: number;
  readonly queued: number;
  /** Whether all its iterations are over, where it has a number of them. What goes on for a time is never done before. */
  readonly done: boolean;
}

/** What a driver may ask of the lane that carries it. */
export interface Carrier {
  readonly channels: readonly Channel[];
  /** Starts an iteration. `flow`: which one; -1: the next of the mix. `readyAt`: when it was due and a channel free. */
  start(channel: Channel, intended: number, readyAt: number, counted: boolean, flow: number): void;
  /** Calls back not before `delay` ms (timers have a floor of 1 ms); never after the lane has ended. */
  later(delay: number, callback: (now: number) => void): void;
  /** All that was to be done is done: the run of this worker is over before its time, and complete. */
  finished(): void;
  /** Records iterations that were due and never started: `times` of them, waiting for `waited` ms. `flow` as in `start`. */
  unsent(waited: number, times: number, flow: number): void;
}

import type { LoadOptions } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import type { TransportCounts } from './channel.ts';
import type { Endpoint } from './endpoint.ts';

/** What a worker thread is given: the whole plan and which part of it is its own. */
export interface WorkerTask {
  readonly to: Endpoint;
  /** For the Host header. */
  readonly host: string;
  readonly options: LoadOptions;
  /** Global number of this worker and how many there are, on all machines. */
  readonly worker: number;
  readonly workers: number;
}

/** What the parent tells a worker. */
export type Order =
  /** Sent once all are ready: the common zero of the schedule, in ms of CLOCK_MONOTONIC. */
  | { readonly type: 'start'; readonly startAt: number }
  /** End now and report what there is. */
  | { readonly type: 'stop' };

/** One second of the measured part. */
export interface RawTick {
  readonly second: number;
  readonly completed: number;
  readonly errors: number;
  readonly bytes: number;
  readonly inFlight: number;
  readonly response: Distribution;
  /** The generator's own: busiest loop in this second, 0–1, and requests that left late so far. */
  readonly loopUtilisation: number;
  readonly late: number;
}

/** One block of the measured part, by step. */
export interface RawBlock {
  readonly block: number;
  readonly steps: readonly {
    readonly completed: number;
    readonly errors: number;
    readonly response: Distribution;
    readonly service: Distribution;
  }[];
}

/** One step's share, as one worker measured it. */
export interface StepCounts {
  readonly sent: number;
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly response: Distribution;
  readonly service: Distribution;
  readonly slip: Distribution;
  readonly firstByte: Distribution;
  /** What the server said it took; empty when it did not say. */
  readonly server: Distribution;
  /** Service time − what the server said, of each such answer; where it said more than was waited for, 0. */
  readonly between: Distribution;
  /** Seconds: service times of those answers together. */
  readonly saidService: number;
  /** What it said its databases took; empty when it did not say. */
  readonly database: Distribution;
  /** Passed and failed, check by check. */
  readonly checks: readonly (readonly [passed: number, failed: number])[];
  /** Seconds that later steps of the flow were planned after this one; null when none depends on it. */
  readonly expected: number | null;
}

export interface WorkerHealth {
  readonly loopUtilisation: number;
  readonly cpuUtilisation: number;
  readonly gc: { readonly pauses: number; readonly seconds: number; readonly longest: number };
}

export interface WorkerResult {
  readonly steps: readonly StepCounts[];
  /** Counted iterations that were begun; of single requests as many as were sent. */
  readonly started: number;
  /** Iterations of the schedule that were never started, because no connection was free before the end, or no row was left for them. */
  readonly unsent: number;
  /** Counted iterations that found every connection taken when they were due. */
  readonly queued: number;
  /** Requests sent again because the server had closed the kept connection. */
  readonly stale: number;
  /** Requests that left more than LATE ms after they could have. */
  readonly late: number;
  readonly lateness: Distribution;
  readonly transport: TransportCounts;
  /** Clean-up steps that were done, and that failed. */
  readonly cleanUp: { readonly done: number; readonly failed: number };
  /** Last reason for each kind of failure, as the system worded it. */
  readonly reasons: Readonly<Record<string, string>>;
  /** What the generator's host had none left of, as the end of a sentence; null when that did not happen. */
  readonly shortage: string | null;
  readonly health: WorkerHealth;
  /** Measured seconds: shorter than planned when the run was cut short, or all iterations were done before. */
  readonly duration: number;
  /** Whether all of its plan was carried out, to the end of its time or of its iterations: nothing is missing in it. */
  readonly complete: boolean;
}

/** Later than this (ms) after it could have left, a request counts as late: twice the grain of a Node timer. */
export const LATE = 2;

export type WorkerMessage =
  | { readonly type: 'ready' }
  /** Users could not be made ready: why, for a sentence. */
  | { readonly type: 'unready'; readonly reason: string }
  | { readonly type: 'tick'; readonly tick: RawTick }
  | { readonly type: 'block'; readonly block: RawBlock }
  /** The run cannot go on (a feeder ran dry): end it everywhere. `because` is the end of a sentence. */
  | { readonly type: 'over'; readonly because: string }
  | { readonly type: 'done'; readonly result: WorkerResult };

/** CLOCK_MONOTONIC in milliseconds: the one clock that all threads of a process share. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** How many blocks a run is cut into for comparisons: 20, and one a second above that, up to 60. */
export function blocksIn(duration: number): number {
  return Math.max(20, Math.min(60, Math.floor(duration)));
}

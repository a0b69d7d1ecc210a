import type { LoadEndpoint, LoadOptions } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import type { Endpoint } from './http1/connection.ts';

/** What a worker thread is given: the whole plan and which part of it is its own. */
export interface WorkerTask {
  readonly to: Endpoint;
  /** For the Host header. */
  readonly host: string;
  readonly endpoints: readonly LoadEndpoint[];
  readonly shape: LoadOptions['shape'];
  readonly worker: number;
  readonly workers: number;
  /** Connections of this worker. */
  readonly users: number;
  /** Of the whole load. */
  readonly rate: number;
  readonly seed: number;
  /** Milliseconds. */
  readonly warmup: number;
  readonly duration: number;
  readonly timeout: number;
}

/** Sent to the worker once all are ready: the common zero of the schedule, in ms of CLOCK_MONOTONIC. */
export interface StartMessage {
  readonly startAt: number;
}

export interface WorkerTick {
  readonly second: number;
  readonly completed: number;
  readonly errors: number;
  readonly response: Distribution;
}

/** One endpoint's share, as one worker measured it. */
export interface StepCounts {
  readonly sent: number;
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly response: Distribution;
  readonly service: Distribution;
  readonly slip: Distribution;
}

export interface WorkerResult {
  readonly steps: readonly StepCounts[];
  /** Requests of the schedule that were never sent, because no connection was free before the end. */
  readonly unsent: number;
  /** Counted requests that found every connection taken when they were due. */
  readonly queued: number;
  /** Requests sent again because the server had closed the kept connection. */
  readonly stale: number;
  /** Last reason for each kind of failure, as the system worded it. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly loopUtilisation: number;
  readonly cpuUtilisation: number;
}

export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'tick'; readonly tick: WorkerTick }
  | { readonly type: 'done'; readonly result: WorkerResult };

/** CLOCK_MONOTONIC in milliseconds: the one clock that all threads of a process share. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

import type { Unit } from './indicator.ts';
import type { Labels } from './observation.ts';

/**
 * Something that a target uses up and that the system counts from some moment on: CPU time, context switches, bytes, time in a
 * database. What a load cost is the difference of two readings.
 */
export interface Counter {
  /** `process.cpu.time`: OpenTelemetry's name where one exists. */
  readonly name: string;
  /** For people: `CPU time of the service`. */
  readonly title: string;
  readonly unit: Extract<Unit, 's' | 'By' | '{count}'>;
  readonly labels: Labels;
  /** Since whenever it began to count; never shrinks, unless what is counted was restarted. */
  readonly value: number;
  /** How far off the value may be because of the grain in which the system counts, such as clock ticks. Default 0. */
  readonly grain?: number;
  /** Seconds by which the value may be behind: what happens shows in it so much later. Default 0. */
  readonly lag?: number;
}

/** What one request cost a target, on average over the measured part of a load. */
export interface LedgerRow {
  readonly target: string;
  readonly name: string;
  readonly title: string;
  readonly unit: Counter['unit'];
  readonly labels: Labels;
  /** Between the first and the last reading in the measured part. */
  readonly total: number;
  /** `total` ÷ requests that ended between those readings. */
  readonly perRequest: number;
  /** How far off both may be, as a ratio, from the grain and the lag of the counter. */
  readonly uncertainty: number;
}

/** What can be told of one step alone. What a process uses up cannot be watched step by step; see `CostShare`. */
export interface StepCost {
  readonly step: string;
  /** Sent in the measured part. */
  readonly requests: number;
  /** Received, for each request. */
  readonly bytes: number;
  /** Mean seconds that the service says it took (log, or else `Server-Timing`); null when it does not. */
  readonly server: number | null;
  /** Mean seconds that it says its databases took, of the answers that say so. */
  readonly database: number | null;
  readonly shares: readonly CostShare[];
}

/**
 * What one request of a step cost, worked out from the parts of the run: where the mix of steps was another, more or less was
 * used up. Only there when the run tells it well enough.
 */
export interface CostShare {
  readonly target: string;
  readonly name: string;
  readonly labels: Labels;
  readonly unit: Counter['unit'];
  readonly perRequest: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
}

/** What the target's log, or its `Server-Timing`, says of a step, beside what the client saw. Seconds. */
export interface ServerTruth {
  /** Steps with the same method and path cannot be told apart in a log: their names with ` + ` between them. */
  readonly step: string;
  readonly source: 'access-log' | 'server-timing';
  /** How many requests each side saw. */
  readonly client: number;
  readonly server: number;
  /** Of headers: of the answers that had one. */
  readonly clientMean: number;
  readonly serverMean: number;
  /**
   * Client − server: network, accept queue and generator. Percentiles of the differences of single requests (below 0 counts as 0);
   * NaN where requests cannot be paired (a log), or were too few (stats/enough.ts).
   */
  readonly between: { readonly mean: number; readonly p50: number; readonly p99: number };
  /** Seconds: the grain in which the service says its times. */
  readonly resolution: number;
}

/** Means of a stretch of the run, over all steps: what the client saw, and what the service said. Seconds. */
export interface TruthMoment {
  /** Since the measured part began. */
  readonly at: number;
  readonly client: number;
  readonly server: number;
}

export interface LoadLedger {
  /** Requests that ended in the measured part. */
  readonly requests: number;
  readonly rows: readonly LedgerRow[];
  readonly steps: readonly StepCost[];
  /** Why what was used up is not told apart by step; null when it is. The end of a sentence. */
  readonly notToldApart: string | null;
  readonly serverTruth: readonly ServerTruth[];
  /** Of the access log; empty without one. */
  readonly truthOverTime: readonly TruthMoment[];
  /** What to know about the figures: lines of the log that were left out, its format. Sentences. */
  readonly notes: readonly string[];
}

import type { Direction, Unit } from './indicator.ts';
import type { Labels } from './observation.ts';

/** How `pitwall load --search` looks for the highest rate that keeps the objectives. Rates in requests (iterations) per second. */
export interface SearchPlan {
  /** First rate. */
  readonly from: number;
  /** Never above this. */
  readonly to: number;
  /** The answer is narrow enough when lowest failing ÷ highest passing − 1 is at most this. */
  readonly resolution: number;
  /** Measured seconds of a step at least. A step that is not steady by then is measured again. */
  readonly stepDuration: number;
  /** Near the limit a step is as long as so many requests take, but never longer than `longestStep` seconds. */
  readonly enoughRequests: number;
  readonly longestStep: number;
  /** How often each end of the answer is measured. */
  readonly repeats: number;
  /** How often in a row a rate is measured again because it was not steady, or had too few requests. */
  readonly mostHolds: number;
  /** How often in a row a rate is tried again because the generator was unwell. */
  readonly mostRetries: number;
  /** Steps after which the search ends with what it has. */
  readonly mostSteps: number;
}

/** `hold`: was not steady, or had too few requests; `again`: the generator was unwell. */
export type SearchWhy = 'start' | 'double' | 'bisect' | 'repeat' | 'hold' | 'again';

/**
 * `pass`: kept all objectives · `fail`: broke one, or did not keep up · `hold`: not steady or too few requests, so not decided ·
 * `invalid`: the generator was the limit, so nothing is known · `danger`: the host was about to suffer.
 */
export type SearchVerdict = 'pass' | 'fail' | 'hold' | 'invalid' | 'danger';

/** Whether a step had come to rest. `unknown`: too few seconds to tell. */
export type Steadiness = 'steady' | 'drifting' | 'growing' | 'unknown';

/** What has to be kept: the strictest limit of an objective. */
export interface SearchObjective {
  readonly indicator: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly direction: Direction;
  readonly limit: number;
  /** `config`, a flag, or why the default is what it is. */
  readonly source: string;
}

/** An objective at one step, once for every series that it speaks for. */
export interface SearchCheck extends SearchObjective {
  readonly value: number | null;
  /** Requests that the value rests on; absent where nothing was measured, and in reports of earlier versions. */
  readonly count?: number;
  /** Null when it was not measured, or when it is a percentile of too few requests to tell. */
  readonly kept: boolean | null;
}

export type ResourceId =
  | 'service-cpu'
  | 'cgroup-cpu'
  | 'host-cpu'
  | 'memory'
  | 'io'
  | 'disk'
  | 'open-files'
  | 'accept-queue'
  | 'connections';

/** A resource during one step. */
export interface ResourceUse {
  readonly resource: ResourceId;
  /** Which one, when there are several: a disk. */
  readonly name: string | null;
  /** Share of what there is, 0–1; null for resources that have a queue and no capacity. */
  readonly utilisation: number | null;
  readonly saturated: boolean;
  /** What was seen, as part of a sentence. */
  readonly evidence: string;
}

export interface SearchStep {
  /** Seconds since the search began. */
  readonly at: number;
  readonly rate: number;
  readonly why: SearchWhy;
  readonly verdict: SearchVerdict;
  /** One sentence. */
  readonly because: string;
  readonly steadiness: Steadiness;
  /** The most connections that could be open. */
  readonly users: number;
  readonly planned: number;
  readonly sent: number;
  /** Requests per second that were answered with success. */
  readonly throughput: number;
  /** Share of the requests that failed, and how many by kind. */
  readonly errorRatio: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Of the response time, seconds; NaN when nothing was recorded. */
  readonly p50: number;
  readonly p99: number;
  /** Requests under way at the service on average: throughput × mean service time (Little's law). */
  readonly concurrency: number;
  readonly checks: readonly SearchCheck[];
  readonly resources: readonly ResourceUse[];
}

/**
 * `found`: both ends are known · `top`: even the highest rate asked for passed · `none`: even the first rate failed ·
 * `generator`, `danger`, `interrupted`: what stopped it · `unsettled`: the steps were used up.
 */
export type SearchEnd = 'found' | 'top' | 'none' | 'generator' | 'danger' | 'interrupted' | 'unsettled';

/** What holds the service back at its limit. */
export interface SearchLimit {
  /**
   * `resource`: one was used up · `waiting`: nothing was, so it waits for a lock, a pool or a queue · `latency`: it kept up and
   * only became slower · `unknown`: not enough was measured to tell.
   */
  readonly kind: 'resource' | 'waiting' | 'latency' | 'unknown';
  readonly resource: ResourceId | null;
  /** One or two sentences. */
  readonly text: string;
}

/** What one request costs of a resource (utilisation law, D = U/X), and how many a second there can be: see load/search/demand.ts. */
export interface Demand {
  readonly resource: ResourceId;
  readonly name: string | null;
  /** Seconds of the whole resource a request. */
  readonly demand: number;
  /** Requests per second: 1/D, less what others use of it. */
  readonly bound: number;
}

/** The Universal Scalability Law fitted to the steps, with bootstrap bands. See stats/usl.ts. */
export interface Scalability {
  readonly points: readonly { readonly concurrency: number; readonly throughput: number }[];
  /** Largest concurrency measured; nothing is drawn beyond twice of it. */
  readonly largest: number;
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
  /** 95 %, pointwise; `high` of the peak is null when throughput may go on rising. */
  readonly intervals: {
    readonly lambda: readonly [number, number];
    readonly sigma: readonly [number, number];
    readonly kappa: readonly [number, number];
    readonly peakConcurrency: { readonly low: number; readonly high: number | null };
  };
  /** Concurrency with the highest throughput; null where the measurements do not reach it. */
  readonly peak: { readonly concurrency: number; readonly throughput: number } | null;
  readonly curve: readonly {
    readonly concurrency: number;
    readonly throughput: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** Share of the variance of the throughput that the law explains. */
  readonly rSquared: number;
}

export interface SearchResult {
  readonly plan: SearchPlan;
  readonly objectives: readonly SearchObjective[];
  readonly steps: readonly SearchStep[];
  readonly end: SearchEnd;
  /** The answer: the limit is above the first and at most the second. Null where that end is open. */
  readonly highestPassing: number | null;
  readonly lowestFailing: number | null;
  /** What broke at the lowest failing rate, one sentence each; empty when nothing did. */
  readonly broke: readonly string[];
  readonly limit: SearchLimit;
  readonly demands: readonly Demand[];
  /** Null when it could not be fitted, and why then. */
  readonly scalability: Scalability | null;
  readonly scalabilityBecause: string | null;
  readonly warnings: readonly string[];
}

import type { Distribution } from './observation.ts';
import type { AbortRules, Scenario } from './scenario.ts';
import type { ShapeId, ShapeOptions } from './shape.ts';

/** One request that the load repeats. */
export interface LoadEndpoint {
  /** `GET /devices`: how it is called in reports and labels. */
  readonly name: string;
  readonly method: string;
  /** Path with query, appended to the target's origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Share of the mix, > 0. */
  readonly weight: number;
}

/** Which HTTP is spoken. Never chosen by a library: `http1`, or `http2` (ALPN over TLS, prior knowledge without). */
export type HttpProtocol = 'http1' | 'http2';

export interface LoadOptions extends ShapeOptions {
  /** Origin such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What is requested; ignored when there is a scenario. */
  readonly endpoints: readonly LoadEndpoint[];
  /** Flows of several steps, variables, cookies, checks. */
  readonly scenario?: Scenario;
  /** Default `http1`. */
  readonly protocol?: HttpProtocol;
  /** HTTP/2: connections that the users share, at least one a worker. Default: one for every 100 users of each worker. */
  readonly connections?: number;
  /** Path of a Unix socket that the service listens on, instead of host and port of the URL. */
  readonly socket?: string;
  /** Seconds until a request is given up on and recorded as a timeout. */
  readonly timeout: number;
  /** Worker threads. */
  readonly workers: number;
  /** Seeds everything random: order of endpoints, arrivals, think times, feeders. The same seed gives the same plan. */
  readonly seed: number;
  /** Hosts that may be loaded besides loopback. */
  readonly allow: readonly string[];
  readonly abort?: AbortRules;
}

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
  readonly mean: number;
}

/** How often a check of a step held. */
export interface CheckResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

export interface StepResult {
  readonly endpoint: string;
  readonly method: string;
  /** The flow it belongs to; absent for plain endpoints. */
  readonly flow?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sent: number;
  readonly ok: number;
  /** By kind: `timeout`, `connect`, `reset`, `protocol`, `status-4xx`, `status-5xx`, `check`, `extract`, `template`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Received, with heads. */
  readonly bytes: number;
  readonly latency: {
    /** Last byte − intended send: the headline. */
    readonly response: LatencySummary;
    /** Last byte − first write. */
    readonly service: LatencySummary;
    /** First write − intended send. */
    readonly slip: LatencySummary;
    /** First byte − first write. */
    readonly firstByte: LatencySummary;
    /** What the server says it took (`Server-Timing`: `total`, or else the longest metric); absent when it does not say. */
    readonly server?: LatencySummary;
    /** What it says its databases and caches took (`Server-Timing`: `db`, `sql`, `postgres…`); absent when it does not say. */
    readonly database?: LatencySummary;
  };
  readonly distributions: {
    readonly response: Distribution;
    readonly service: Distribution;
    readonly slip: Distribution;
  };
  /** How many answers said what the service took, and what its databases took; absent when none did. */
  readonly said?: {
    readonly server: number;
    readonly database: number;
    /** Mean service time of the answers that said what the service took, seconds. Reports of earlier versions lack both. */
    readonly service?: number;
    /** Service time − what the service said, answer by answer: percentiles cannot be subtracted. What is below 0 counts as 0. */
    readonly between?: Distribution;
  };
  /** Seconds that later steps of the flow were planned after this one (open shapes). */
  readonly expected?: number;
  readonly checks?: readonly CheckResult[];
}

/** One second of the run, for the timeline. */
export interface LoadTick {
  /** Seconds since the measured part began. */
  readonly at: number;
  readonly completed: number;
  readonly errors: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Received bytes. */
  readonly bytes: number;
  /** Requests under way at the end of the second. */
  readonly inFlight: number;
  /** Answers by response time, as [cell, count]: cell c covers 10^(c/5) to 10^((c+1)/5) µs; cell 0 also what is below. */
  readonly heat: readonly (readonly [cell: number, count: number])[];
}

/** A stretch of the run that comparisons take as one measurement. */
export interface LoadBlock {
  /** Seconds since the measured part began, and how long. */
  readonly at: number;
  readonly duration: number;
  readonly steps: readonly {
    readonly endpoint: string;
    readonly completed: number;
    readonly errors: number;
    readonly response: LatencySummary;
    readonly service: LatencySummary;
  }[];
}

export interface ConnectionSummary {
  /** As negotiated: `http/1.1`, `h2`. */
  readonly protocol: string;
  /** Connections that were made. */
  readonly opened: number;
  /** Seconds from the call to the TCP connection. */
  readonly connect: LatencySummary;
  /** TLS handshakes; null without TLS. */
  readonly tls: {
    /** `TLSv1.3`. */
    readonly version: string;
    readonly cipher: string;
    readonly handshake: LatencySummary;
    /** How many handshakes resumed an earlier session. */
    readonly resumed: number;
    readonly verified: boolean;
  } | null;
}

/** How well the generator itself did: without it no number of a load can be believed. */
export interface GeneratorHealth {
  /** Of the busiest worker, 0–1. */
  readonly loopUtilisation: number;
  /** CPU seconds per wall second of the busiest worker, 0–1. */
  readonly cpuUtilisation: number;
  readonly workers: number;
  /** Requests that left more than 2 ms after they could have, by the generator's own fault. */
  readonly late: number;
  /** First write − the moment when it was due and a connection was free. */
  readonly lateness: LatencySummary;
  /** Iterations (single requests where flows have one step) that found every connection taken when they were due. */
  readonly queued: number;
  readonly eachWorker: readonly {
    readonly loopUtilisation: number;
    readonly cpuUtilisation: number;
    readonly gc: { readonly pauses: number; readonly seconds: number; readonly longest: number };
  }[];
  /** Share of the host's CPU time that its hypervisor gave to others, 0–1; null when the host does not say. */
  readonly stealRatio: number | null;
  /** Whether the service was on this host. */
  readonly sharedCores: boolean;
  /** What this machine can do against a server that does nothing; null when it was not tried. */
  readonly selfTest: GeneratorSelfTest | null;
}

export interface GeneratorSelfTest {
  /** Closed loop, one worker, answers of 2 bytes: the ceiling of one worker here. */
  readonly requestsPerSecond: number;
  /** One user at a low rate: below this no latency can be measured here. Seconds. */
  readonly latencyFloor: { readonly p50: number; readonly p99: number };
}

export type LoadEnd = 'plan' | 'interrupt' | 'abort-rule' | 'target-lost' | 'danger' | 'data';

/** One machine of a load that several shared. */
export interface LoadAgent {
  readonly name: string;
  readonly host: string;
  /** Seconds: clock of the shared store − clock of the agent, and how wrong that may be; null when it was lost before. */
  readonly clockOffset: number | null;
  readonly clockUncertainty: number | null;
  readonly workers: number;
  /** Requests; null when its result is not in the numbers. */
  readonly sent: number | null;
  /** `lost`: died, or handed in nothing that counts; `interrupted`: ended before the others by itself. */
  readonly state: 'done' | 'interrupted' | 'lost';
}

export interface LoadResult {
  readonly url: string;
  readonly shape: ShapeId;
  readonly scenario?: string;
  readonly users: number;
  /** Where the number of users changes (closed steps, closed spike): the most there are at a time, as planned. */
  readonly peakUsers?: number;
  readonly rate: number | null;
  /**
   * Where a number of iterations was to end it: how many, and how many such loads there were, one after the other (endpoints, or
   * flows of a scenario), with so many each. Absent where its time did. Reports of earlier versions do not say.
   */
  readonly counted?: { readonly iterations: number; readonly loads: number };
  /** Measured seconds, as it turned out. */
  readonly duration: number;
  readonly requestsPerSecond: number;
  /**
   * Requests that the schedule (or the closed loop) wanted sent, and how many were. An iteration that was never started is one
   * planned request, its first: what would have come after it nobody knows.
   */
  readonly planned: number;
  readonly sent: number;
  /**
   * Iterations that were due, and those of them that were started: what the gate of open shapes looks at. Absent where every
   * flow is a single request: there they are `planned` and `sent`.
   */
  readonly iterations?: { readonly planned: number; readonly started: number };
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly latency: StepResult['latency'];
  readonly steps: readonly StepResult[];
  readonly timeline: readonly LoadTick[];
  readonly blocks: readonly LoadBlock[];
  readonly connections: ConnectionSummary;
  /** Why it ended before its time: interrupted, an abort rule, a feeder that ran dry; null when it did not. */
  readonly partial: string | null;
  /** What ended it: `plan` is the normal case; `data`: a feeder ran dry. */
  readonly endedBy: LoadEnd;
  /** The service could not take what was planned: requests waited for connections that were all in use. */
  readonly saturated: boolean;
  readonly valid: boolean;
  /** One sentence for each failed check of the validity gate. */
  readonly invalidBecause: readonly string[];
  /** Said but not a reason to reject: generator and service share cores, endpoints that only failed … */
  readonly warnings: readonly string[];
  readonly generator: GeneratorHealth;
  /** Who shared the load; absent when this process ran it alone. */
  readonly agents?: readonly LoadAgent[];
}

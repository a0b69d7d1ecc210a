import type { Distribution } from './observation.ts';

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

export interface LoadOptions {
  /** Origin such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly endpoints: readonly LoadEndpoint[];
  readonly shape: 'closed' | 'constant-rate';
  /** Closed: connections that each have one request in flight. Constant rate: the most connections that may be open. */
  readonly users: number;
  /** Requests per second, for `constant-rate`. */
  readonly rate?: number;
  /** Seconds that count. */
  readonly duration: number;
  /** Seconds before them that do not. */
  readonly warmup: number;
  /** Seconds until a request is given up on and recorded as a timeout. */
  readonly timeout: number;
  /** Worker threads. */
  readonly workers: number;
  /** Seeds the order of endpoints. */
  readonly seed: number;
  /** Hosts that may be loaded besides loopback. */
  readonly allow: readonly string[];
}

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

export interface StepResult {
  readonly endpoint: string;
  readonly method: string;
  readonly sent: number;
  readonly ok: number;
  /** By kind: `timeout`, `connect`, `reset`, `protocol`, `status-4xx`, `status-5xx`. */
  readonly errors: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly latency: {
    /** Last byte − intended send: the headline. */
    readonly response: LatencySummary;
    /** Last byte − first write. */
    readonly service: LatencySummary;
    /** First write − intended send. */
    readonly slip: LatencySummary;
  };
  readonly distributions: {
    readonly response: Distribution;
    readonly service: Distribution;
    readonly slip: Distribution;
  };
}

/** One second of the run, for the timeline. */
export interface LoadTick {
  /** Seconds since the measured part began. */
  readonly at: number;
  readonly completed: number;
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
}

export interface LoadResult {
  readonly url: string;
  readonly shape: LoadOptions['shape'];
  readonly users: number;
  readonly rate: number | null;
  /** Measured seconds, as it turned out. */
  readonly duration: number;
  readonly requestsPerSecond: number;
  /** Requests that the schedule (or the closed loop) wanted sent, and how many were. */
  readonly planned: number;
  readonly sent: number;
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly latency: StepResult['latency'];
  readonly steps: readonly StepResult[];
  readonly timeline: readonly LoadTick[];
  readonly valid: boolean;
  /** One sentence for each failed check of the validity gate. */
  readonly invalidBecause: readonly string[];
  /** Said but not a reason to reject: generator and service share cores, endpoints that only failed … */
  readonly warnings: readonly string[];
  readonly generator: {
    /** Of the busiest worker, 0–1. */
    readonly loopUtilisation: number;
    /** CPU seconds per wall second of the busiest worker, 0–1. */
    readonly cpuUtilisation: number;
    readonly workers: number;
  };
}

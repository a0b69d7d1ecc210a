/** Results of slices that nobody measured, for the tests of merging and reading them. */
import type { SliceResult } from '../../load/engine.ts';
import type { StepCounts, WorkerResult } from '../../load/protocol.ts';
import type { LoadOptions } from '../../model/load.ts';
import { Histogram } from '../../stats/histogram.ts';

export const OPTIONS: LoadOptions = {
  url: 'http://127.0.0.1:8080',
  endpoints: [{ name: 'GET /', method: 'GET', path: '/', headers: {}, weight: 1 }],
  shape: 'constant-rate',
  users: 8,
  rate: 100,
  duration: 3,
  warmup: 0,
  timeout: 2,
  workers: 1,
  seed: 1,
  allow: [],
};

/** Response times in ns; service and the others are made from them so that all differ. */
export function workerOf(values: readonly number[]): WorkerResult {
  const record = (of: (value: number) => number) => {
    const histogram = new Histogram();
    for (const value of values) histogram.record(of(value));
    return histogram.toDistribution();
  };
  const step: StepCounts = {
    sent: values.length,
    ok: values.length,
    errors: {},
    bytes: values.length * 100,
    response: record((value) => value),
    service: record((value) => value * 0.9),
    slip: record((value) => value * 0.1),
    firstByte: record((value) => value * 0.8),
    server: record(() => 0),
    between: record((value) => value * 0.9),
    saidService: values.reduce((sum, value) => sum + Math.round(value * 0.9), 0) / 1e9,
    database: record(() => 0),
    checks: [],
    expected: null,
  };
  return {
    steps: [step],
    started: values.length,
    unsent: 0,
    queued: 0,
    stale: 0,
    late: 0,
    lateness: record((value) => value * 0.01),
    transport: { protocol: 'http/1.1', opened: 1, connect: record((value) => value / 2), tls: null },
    cleanUp: { done: 0, failed: 0 },
    reasons: {},
    shortage: null,
    health: { loopUtilisation: 0.1, cpuUtilisation: 0.1, gc: { pauses: 0, seconds: 0, longest: 0 } },
    duration: 3,
    complete: true,
  };
}

export function sliceOf(workers: readonly WorkerResult[], offset = 0, of = workers.length): SliceResult {
  return {
    slice: { offset, count: workers.length, of },
    workers,
    blocks: [],
    partial: null,
    endedBy: 'plan',
    loopback: true,
    stealRatio: null,
    verified: false,
  };
}

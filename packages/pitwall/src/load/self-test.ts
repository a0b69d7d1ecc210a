import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { GeneratorSelfTest, LoadOptions, LoadResult } from '../model/load.ts';
import { runLoad } from './engine.ts';

const BASE = {
  endpoints: [{ name: '/', method: 'GET', path: '/', headers: {}, weight: 1 }],
  timeout: 1,
  workers: 1,
  seed: 1,
  allow: [],
} as const;
/** Seconds: enough for tens of thousands of requests, and at the calm rate for the hundred that a p99 needs (stats/enough.ts). */
const DURATION = 0.4;
const WARMUP = 0.1;
/** A rate at which nothing waits for anything. */
const CALM_RATE = 250;

/**
 * What one load thread of this machine can do at best, and how short a latency it can see at all, against a server in this
 * very process that does nothing. Takes about a second. Generator and server share the machine, so a load of another machine
 * may come out faster; it never comes out truer.
 * @throws `signal.reason` when aborted
 */
export async function selfTest(signal: AbortSignal): Promise<GeneratorSelfTest> {
  const { ceiling, calm } = await measureSelf(signal);
  const { p50, p99 } = calm.latency.service;
  return { requestsPerSecond: ceiling.requestsPerSecond, latencyFloor: { p50, p99 } };
}

/** What the figures of the self-test are made of. */
export interface SelfMeasurement {
  /** As many requests as 16 users get answered in a closed loop. */
  readonly ceiling: LoadResult;
  readonly calm: LoadResult;
  /** What the server says that it answered, warm-ups included. */
  readonly answered: number;
}

/** The loads of `selfTest`. Throws what it throws. */
export async function measureSelf(signal: AbortSignal): Promise<SelfMeasurement> {
  const server = new Worker(new URL('./null-server-worker.ts', import.meta.url));
  try {
    const [port] = (await once(server, 'message', { signal })) as [number];
    const against = (more: Pick<LoadOptions, 'shape' | 'users'> & { readonly rate?: number }) =>
      runLoad({ ...BASE, url: `http://127.0.0.1:${port}`, duration: DURATION, warmup: WARMUP, ...more }, { signal });
    const ceiling = await against({ shape: 'closed', users: 16 });
    const calm = await against({ shape: 'constant-rate', users: 4, rate: CALM_RATE });
    server.postMessage('how many');
    const [answered] = (await once(server, 'message', { signal })) as [number];
    return { ceiling, calm, answered };
  } finally {
    await server.terminate();
  }
}

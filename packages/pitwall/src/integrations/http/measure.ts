import type { Agent } from 'node:http';
import { Histogram } from '../../stats/histogram.ts';
import { createAgent, type HttpConnection } from './connection.ts';
import { type Exchange, exchange } from './exchange.ts';
import { ExchangeError, type FailureKind } from './failure.ts';
import type { HttpEndpoint } from './options.ts';

/** Requests on connections of their own, at most. */
const FRESH_REQUESTS = 5;
/** Requests in a row without a response after which an endpoint is given up on; 2 when none has ever come. */
const GIVE_UP_AFTER = 3;
/** Requests that a slow endpoint gets although its time is up: by connection kept alive (after the opener), and fresh. */
const LEAST_KEPT = 3;
const LEAST_FRESH = 1;
/** Bytes of one body kept to examine its content; 16 MiB is far above any page. */
const KEEP_BYTES = 16 * 1024 * 1024;
/** Failures of the address, not of the path: no other endpoint would fare better. */
const DEAD: readonly FailureKind[] = ['dns', 'refused', 'unreachable', 'tls'];

export interface EndpointMeasurement {
  readonly endpoint: HttpEndpoint;
  /** Nanoseconds of the requests that succeeded, by how they found their connection. */
  readonly durations: { readonly reused: Histogram; readonly fresh: Histogram };
  /** Nanoseconds by phase. */
  readonly phases: ReadonlyMap<string, Histogram>;
  readonly attempts: number;
  readonly failed: number;
  readonly failures: ReadonlyMap<FailureKind, { readonly count: number; readonly example: string }>;
  /** The first response, whatever its status; null when there was none. */
  readonly first: Exchange | null;
  /** It never answered, and neither will its neighbours: name, port, route or TLS are at fault. */
  readonly dead: boolean;
  readonly gaveUp: boolean;
}

/**
 * N requests on one kept-alive connection, and up to 5 on fresh ones (the first of the kept-alive connection, which had
 * to open it, is one of those); fewer when the endpoint is so slow that the budget runs out. Takes at most about
 * `seconds`. Rejects only with the signal's reason.
 */
export async function measureEndpoint(
  connection: HttpConnection,
  endpoint: HttpEndpoint,
  seconds: number,
  signal: AbortSignal,
): Promise<EndpointMeasurement> {
  const { requests, timeout, budget } = connection.options;
  const deadline = performance.now() + seconds * 1000;
  const durations = { reused: new Histogram(), fresh: new Histogram() };
  const phases = new Map<string, Histogram>();
  const failures = new Map<FailureKind, { count: number; example: string }>();
  let first: Exchange | null = null;
  let attempts = 0;
  let failed = 0;
  let inARow = 0;
  let gaveUp = false;

  const count = (kind: FailureKind, example: string): void => {
    failed += 1;
    const known = failures.get(kind);
    if (known) known.count += 1;
    else failures.set(kind, { count: 1, example });
  };

  const once = async (agent: Agent): Promise<void> => {
    const left = (deadline - performance.now()) / 1000;
    const options = { url: connection.url, endpoint, agent, timeout: Math.min(timeout, Math.max(0.01, left)), signal };
    attempts += 1;
    try {
      const ask = (): Promise<Exchange> => exchange({ ...options, keepBytes: first ? 0 : KEEP_BYTES });
      const result = await ask().catch((error) => {
        // Safe methods only, so that repeating is harmless; the connection that replaces it counts as fresh.
        if (error instanceof ExchangeError && error.stale) return ask();
        throw error;
      });
      first ??= result;
      inARow = 0;
      const problem = statusProblem(endpoint, result.status);
      if (problem) {
        count('status', problem);
        return;
      }
      durations[result.reused ? 'reused' : 'fresh'].record(result.total);
      for (const [phase, value] of Object.entries(result.phases)) {
        const histogram = phases.get(phase) ?? new Histogram();
        phases.set(phase, histogram);
        histogram.record(value);
      }
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      inARow += 1;
      count(error.kind, error.message);
    }
  };

  const series = async (times: number, kept: boolean): Promise<void> => {
    const shared = kept ? createAgent(connection, true) : null;
    const least = kept ? LEAST_KEPT + 1 : LEAST_FRESH;
    const end = performance.now() + budget * 1000;
    try {
      for (let i = 0; i < times && !gaveUp && (i < least || performance.now() < end); i++) {
        const agent = shared ?? createAgent(connection, false);
        try {
          await once(agent);
        } finally {
          if (!shared) agent.destroy();
        }
        gaveUp = inARow >= (first ? GIVE_UP_AFTER : GIVE_UP_AFTER - 1) || performance.now() >= deadline;
      }
    } finally {
      shared?.destroy();
    }
  };

  await series(requests + 1, true);
  await series(Math.min(requests, FRESH_REQUESTS) - durations.fresh.count, false);
  const dead = first === null && [...failures.keys()].every((kind) => DEAD.includes(kind));
  return { endpoint, durations, phases, attempts, failed, failures, first, dead, gaveUp };
}

/** Why the status counts as an error, or null. Redirects (3xx) do not: they are recorded, not followed. */
function statusProblem({ expectStatus }: HttpEndpoint, status: number): string | null {
  if (expectStatus !== undefined) {
    return status === expectStatus ? null : `the status was ${status}, expected ${expectStatus}`;
  }
  return status >= 400 ? `the status was ${status}` : null;
}

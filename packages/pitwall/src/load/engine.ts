import { PitwallError } from '../errors.ts';
import type { LoadOptions, LoadResult, LoadTick } from '../model/load.ts';
import { assertAllowed, isLoopback } from './allow.ts';
import { validateOptions } from './options.ts';
import type { WorkerResult, WorkerTask, WorkerTick } from './protocol.ts';
import { reach, type TlsSettings } from './reach.ts';
import { mergeResults, mergeTicks } from './result.ts';
import { splitEvenly } from './split.ts';
import { runWorkers } from './workers.ts';

/** Time for one address to take a connection before anything is loaded (s). */
const REACH_TIMEOUT = 5;

export interface LoadContext {
  /** Ends the run at once; what was measured so far is not returned. */
  readonly signal: AbortSignal;
  /** Called about once a second with the second that has passed. */
  onTick?(tick: LoadTick): void;
  readonly tls?: TlsSettings;
}

/**
 * Generates load and measures it. Runs for warmup + duration, and up to min(timeout, 2 s) more for answers that are
 * under way at the end; those that are not there by then count as timeouts after the time they were waited for.
 *
 * `requestsPerSecond` are answers with success (2xx, 3xx) that ended inside the measured part. Counts and histograms
 * hold the requests that were *intended* inside it: `sent` = `ok` + errors. A planned request that was never sent
 * is in the response histogram with the time it had waited at the end, and missing in `sent`.
 *
 * @throws PitwallError LOAD_OPTIONS_INVALID, LOAD_NOT_ALLOWED, LOAD_UNREACHABLE; `signal.reason` when aborted
 */
export async function runLoad(options: LoadOptions, context: LoadContext): Promise<LoadResult> {
  const { signal } = context;
  signal.throwIfAborted();
  validateOptions(options);
  const url = new URL(options.url);
  const addresses = await assertAllowed(options.url, options.allow);
  const patience = Math.min(options.timeout, REACH_TIMEOUT);
  const to = await reach(url, addresses, context.tls ?? {}, patience, signal);

  const workers = Math.min(options.workers, options.users);
  const users = splitEvenly(options.users, workers);
  const tasks = users.map(
    (share, worker): WorkerTask => ({
      to,
      host: url.host,
      endpoints: options.endpoints,
      shape: options.shape,
      worker,
      workers,
      users: share,
      rate: options.rate ?? 0,
      seed: options.seed,
      warmup: options.warmup * 1000,
      duration: options.duration * 1000,
      timeout: options.timeout * 1000,
    }),
  );

  const seconds = new Map<number, WorkerTick[]>();
  const timeline: LoadTick[] = [];
  const results = await runWorkers(tasks, signal, (tick) => {
    const parts = [...(seconds.get(tick.second) ?? []), tick];
    seconds.set(tick.second, parts);
    if (parts.length < workers) return;
    seconds.delete(tick.second);
    const merged = mergeTicks(parts, options.duration);
    timeline.push(merged);
    context.onTick?.(merged);
  });
  assertReached(url, results);
  return mergeResults(options, results, timeline, isLoopback(to.address));
}

/** The service took the first connection and none after it. */
function assertReached(url: URL, results: readonly WorkerResult[]): void {
  const steps = results.flatMap((result) => result.steps);
  const sent = steps.reduce((sum, step) => sum + step.sent, 0);
  const unconnected = steps.reduce((sum, step) => sum + (step.errors.connect ?? 0), 0);
  if (sent === 0 || unconnected < sent) return;
  const reason = results.map(({ reasons }) => reasons.connect).find((each) => each !== undefined);
  throw new PitwallError('LOAD_UNREACHABLE', { url: url.origin, reason: reason ?? 'no connection was made' });
}

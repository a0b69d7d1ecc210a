import { PitwallError, printable, reasonOf } from '../errors.ts';
import { connectionFailure } from '../model/connection-failure.ts';
import type { LoadEnd, LoadOptions, LoadResult, LoadTick } from '../model/load.ts';
import { AbortWatch, EarlyEnd } from './abort-watch.ts';
import { assertAllowed, isLocal } from './allow.ts';
import { DANGER_INTERVAL, type HostSigns, watchDanger } from './danger.ts';
import { readHostSigns } from './danger-read.ts';
import type { Endpoint, TlsSettings } from './endpoint.ts';
import { limitsProblem, readHostLimits, USERS_A_SESSION } from './host-limits.ts';
import { sharingProblem, validateOptions } from './options.ts';
import { monotonicNow, type RawBlock, type RawTick, type WorkerResult, type WorkerTask } from './protocol.ts';
import { reach } from './reach.ts';
import { mergeSlices } from './result.ts';
import { scenarioProblem } from './scenario/compile.ts';
import { measuredWindow, mostUsers } from './shapes/index.ts';
import { readCpuTicks, stealRatio } from './steal.ts';
import { mergeRawBlocks, Seconds, tickOf } from './timeline.ts';
import { runWorkers } from './workers.ts';

/** Time for one address to take a connection before anything is loaded (s). */
const REACH_TIMEOUT = 5;

/** How the generator itself did in a second. */
type TickHealth = Pick<RawTick, 'loopUtilisation' | 'late'>;

export interface LoadContext {
  /** Ends the run at once; what was measured so far is not returned. */
  readonly signal: AbortSignal;
  /** Ends the run early and in order: the result holds what was measured so far and says so. Its reason becomes `partial`. */
  readonly stop?: AbortSignal;
  /** Called once, when the service has taken a connection; the load waits for it. */
  onReached?(): Promise<void>;
  /** Called once, when all users are ready: when the measured part will begin (epoch ms). */
  onStart?(at: number): void;
  /** Of a load that is measured in parts, one after the other: called when the users of one are ready: when it begins (epoch ms). */
  onPartStart?(at: number): void;
  /** Of a load that is measured in parts, one after the other: called after each, with its beginning (epoch ms) and seconds; the next one waits for it. */
  onPart?(at: number, seconds: number): void | Promise<void>;
  /** Called about once a second with the second that has passed. */
  onTick?(tick: LoadTick, generator: TickHealth): void;
  readonly tls?: TlsSettings;
  /** Reads the danger signs of this host, for a service on it whose load says `danger`. Default: those without any cgroup. */
  readonly signs?: () => Promise<HostSigns>;
}

/** Which of a run's workers are here: all of them, unless several machines share it. */
export interface Slice {
  /** Number of the first worker here, how many are here, and how many there are in all. */
  readonly offset: number;
  readonly count: number;
  readonly of: number;
}

export interface SliceContext extends Omit<LoadContext, 'onTick'> {
  /** One merged second of this slice. */
  onTick?(tick: RawTick): void;
  /** Called when all users are ready; resolves with the start in ms of CLOCK_MONOTONIC (see `monotonicNow`). */
  startAt?(): Promise<number>;
}

/** What one machine measured. Plain data: it survives JSON. */
export interface SliceResult {
  readonly slice: Slice;
  readonly workers: readonly WorkerResult[];
  readonly blocks: readonly RawBlock[];
  /** See LoadResult. */
  readonly partial: string | null;
  readonly endedBy: LoadEnd;
  readonly loopback: boolean;
  /** See GeneratorHealth. */
  readonly stealRatio: number | null;
  /** Whether certificates were checked. */
  readonly verified: boolean;
}

/**
 * Generates load and measures it. Runs for warmup + duration, and up to min(timeout, 2 s) more for answers that are
 * under way at the end; those that are not there by then count as timeouts after the time they were waited for.
 *
 * `requestsPerSecond` are answers with success (2xx, 3xx, checks held) that ended inside the measured part. Counts and
 * histograms hold the requests that were *intended* inside it: `sent` = `ok` + errors. A planned request that was never
 * sent is in the response histogram with the time it had waited at the end, and missing in `sent`.
 *
 * @throws PitwallError as `assertRunnable`, and LOAD_NOT_ALLOWED, LOAD_UNREACHABLE, LOAD_UNTRUSTED, LOAD_PROTOCOL, TLS_UNUSABLE, LOAD_SETUP_FAILED,
 * LOAD_DANGER (before the start); `signal.reason` when aborted, `stop.reason` when stopped before the start
 */
export async function runLoad(options: LoadOptions, context: LoadContext): Promise<LoadResult> {
  const { slice, timeline } = await measureLoad(options, context);
  return mergeSlices(options, [slice], timeline);
}

/** What a load on this machine alone measured, before it becomes a result. */
export interface MeasuredLoad {
  readonly slice: SliceResult;
  readonly timeline: readonly LoadTick[];
}

/** `runLoad` up to its measurements, for who puts those of several loads together. Throws what it throws. */
export async function measureLoad(options: LoadOptions, context: LoadContext): Promise<MeasuredLoad> {
  validateOptions(options);
  const count = workersOf(options);
  const timeline: LoadTick[] = [];
  const watch = new AbortWatch(options.abort ?? null);
  const end = new AbortController();
  const slice = await runLoadSlice(
    options,
    { offset: 0, count, of: count },
    {
      ...context,
      stop: context.stop ? AbortSignal.any([context.stop, end.signal]) : end.signal,
      onTick(raw) {
        const tick = tickOf(raw, options.duration);
        timeline.push(tick);
        context.onTick?.(tick, raw);
        const ending = watch.watch(tick);
        if (ending !== null) end.abort(ending);
      },
    },
  );
  return { slice, timeline };
}

/** How many workers a run has: never more than users. */
function workersOf(options: LoadOptions): number {
  return Math.min(options.workers, mostUsers(options));
}

/**
 * Refuses what cannot run here, without sending anything. `share`: of the users that this machine has, 0–1.
 * @throws PitwallError LOAD_OPTIONS_INVALID, LOAD_LIMITS
 */
export async function assertRunnable(options: LoadOptions, share = 1): Promise<void> {
  validateOptions(options);
  const unusable = options.scenario ? await scenarioProblem(options.scenario, options.protocol) : null;
  if (unusable !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem: `scenario: ${unusable}` });
  const connections = Math.ceil(connectionsOf(options) * share);
  const problem = limitsProblem(connections, options.socket !== undefined, readHostLimits());
  if (problem !== null) throw new PitwallError('LOAD_LIMITS', { problem });
}

/** The part of a load that runs on this machine. `runLoad` is one slice with all workers. Throws as `runLoad` does. */
export async function runLoadSlice(options: LoadOptions, slice: Slice, context: SliceContext): Promise<SliceResult> {
  const { signal } = context;
  signal.throwIfAborted();
  context.stop?.throwIfAborted();
  await assertRunnable(options, slice.count / slice.of);
  const problem = sharingProblem(options, slice.of);
  if (problem !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
  const url = new URL(options.url);
  // Until the start there is nothing to keep: then the two mean the same.
  const before = context.stop ? AbortSignal.any([signal, context.stop]) : signal;
  const to = await destination(url, options, context.tls ?? {}, before);
  await context.onReached?.();
  before.throwIfAborted();
  const tasks = Array.from(
    { length: slice.count },
    (_, i): WorkerTask => ({ to, host: url.host, options, worker: slice.offset + i, workers: slice.of }),
  );

  const ended = new AbortController();
  const stop = context.stop ? AbortSignal.any([context.stop, ended.signal]) : ended.signal;
  const seconds = new Seconds(slice.count);
  const blocks = new Map<number, RawBlock[]>();
  const local = isLocal(to);
  const stopWatching =
    local && options.abort?.danger
      ? watchDanger({
          read: context.signs ?? (() => readHostSigns()),
          interval: DANGER_INTERVAL,
          onDanger: (danger) => ended.abort(new EarlyEnd('danger', danger.text)),
        })
      : async () => {};
  const ticksBefore = readCpuTicks();
  const workers = await runWorkers(tasks, {
    signal,
    stop,
    onTick(tick, worker) {
      for (const second of seconds.add(worker, tick)) context.onTick?.(second);
    },
    onDone(worker) {
      for (const second of seconds.end(worker)) context.onTick?.(second);
    },
    onBlock(block) {
      blocks.set(block.block, [...(blocks.get(block.block) ?? []), block]);
    },
    onOver: (because) => ended.abort(new EarlyEnd('data', because)),
    ...(context.startAt ? { startAt: () => context.startAt!() } : {}),
    onStart(startAt) {
      const { start } = measuredWindow(options, startAt);
      context.onStart?.(Date.now() + start - monotonicNow());
    },
  })
    .catch((error: unknown) => {
      if (!(error instanceof EarlyEnd) || error !== ended.signal.reason) throw error;
      throw new PitwallError('LOAD_DANGER', { reason: error.message });
    })
    .finally(stopWatching);
  assertReached(url, workers);
  return {
    slice,
    workers,
    // A block that not every worker has seen to its end would be too small.
    blocks: [...blocks.values()].filter((parts) => parts.length === slice.count).map(mergeRawBlocks),
    ...endingOf(stop, workers),
    loopback: local,
    stealRatio: stealRatio(ticksBefore, readCpuTicks()),
    verified: to.tls !== undefined && to.tls.rejectUnauthorized !== false,
  };
}

/**
 * Who ended it first. A measured part that was over by then (its time, or all its iterations) is whole, whatever happened to the
 * last answers and the clean-up.
 */
function endingOf(stop: AbortSignal, workers: readonly WorkerResult[]): Pick<SliceResult, 'partial' | 'endedBy'> {
  if (!stop.aborted || workers.every(({ complete }) => complete)) return { partial: null, endedBy: 'plan' };
  const reason: unknown = stop.reason;
  const endedBy = reason instanceof EarlyEnd ? reason.end : 'interrupt';
  // A service is not gone because this host had no place for connections to it.
  const lacking = endedBy === 'target-lost' ? workers.find(({ shortage }) => shortage !== null)?.shortage : null;
  return { partial: printable(lacking ?? reasonOf(reason)), endedBy };
}

/** Connections that users have: one each, or the shared ones of HTTP/2, of which every worker has at least one. */
function connectionsOf(options: LoadOptions): number {
  const users = mostUsers(options);
  if (options.protocol !== 'http2') return users;
  return options.connections ?? Math.max(workersOf(options), Math.ceil(users / USERS_A_SESSION));
}

/** The address that answers, after every address was checked to be allowed. */
async function destination(url: URL, options: LoadOptions, tls: TlsSettings, signal: AbortSignal): Promise<Endpoint> {
  const patience = Math.min(options.timeout, REACH_TIMEOUT);
  const addresses = await unlessAborted(assertAllowed(options.url, options.allow, options.socket), signal);
  const { socket, protocol } = options;
  const place = { addresses, ...(socket && { socketPath: socket }), ...(protocol && { protocol }) };
  return reach(url, place, tls, patience, signal);
}

/** A look-up of a name cannot be called off, but nobody has to wait for it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The service took the first connection and none after it. */
function assertReached(url: URL, results: readonly WorkerResult[]): void {
  const steps = results.flatMap((result) => result.steps);
  const sent = steps.reduce((sum, step) => sum + step.sent, 0);
  const unconnected = steps.reduce((sum, step) => sum + (step.errors.connect ?? 0), 0);
  if (sent === 0 || unconnected < sent) return;
  const reason = results.map(({ reasons }) => reasons.connect).find((each) => each !== undefined);
  const lacking = results.map(({ shortage }) => shortage).find((each) => each !== null);
  if (lacking) throw new PitwallError('LOAD_LIMITS', { problem: lacking });
  const code = /\bE[A-Z]{4,}\b/.exec(reason ?? '')?.[0] ?? '';
  const words = connectionFailure(code, url.host) ?? reason ?? 'no connection was made';
  throw new PitwallError('LOAD_UNREACHABLE', { url: url.origin, reason: words });
}

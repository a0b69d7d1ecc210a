import { performance } from 'node:perf_hooks';
import { Connection, type ConnectionOwner, type FailureKind } from './http1/connection.ts';
import { type EncodedRequest, encodeRequest } from './http1/request.ts';
import { Mix } from './mix.ts';
import type { WorkerResult, WorkerTask, WorkerTick } from './protocol.ts';
import { Recorder } from './recorder.ts';
import { ClosedShape } from './shapes/closed.ts';
import { ConstantRateShape, Schedule } from './shapes/constant-rate.ts';
import type { Carrier, Shape } from './shapes/shape.ts';

/** One read of a socket; shared by all connections of the thread. */
const READ_BUFFER_BYTES = 64 * 1024;
/** Requests still unanswered this long (ms) after the end are counted as timed out, even if their limit is longer. */
const MAX_GRACE = 2000;
/** Back-off after failures in a row (ms): doubles from the first to the last, so that a refusing server is left alone. */
const BACKOFF = { first: 10, last: 1000 };

/** Pause before the connection is opened again. A timeout has been pause enough. */
export function backoff(kind: FailureKind, failuresInARow: number): number {
  return kind === 'timeout' ? 0 : Math.min(BACKOFF.last, BACKOFF.first * 2 ** (failuresInARow - 1));
}

/** A worker's connections and its slice of the plan, from the start of the warm-up to the result. */
export class Lane implements ConnectionOwner, Carrier {
  readonly connections: readonly Connection[];
  readonly #task: WorkerTask;
  readonly #requests: readonly EncodedRequest[];
  readonly #mix: Mix;
  readonly #recorder: Recorder;
  readonly #shape: Shape;
  readonly #constantRate: ConstantRateShape | null;
  readonly #t0: number;
  readonly #start: number;
  readonly #end: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reasons = new Map<string, string>();
  readonly #done: (result: WorkerResult) => void;
  #stale = 0;
  #stopped = false;
  #loop = performance.eventLoopUtilization();
  #cpu = process.threadCpuUsage();
  #cpuSince = performance.now();
  #load = { loopUtilisation: Number.NaN, cpuUtilisation: Number.NaN };

  /** `t0` on this thread's clock (ms). `done` is called once. */
  constructor(task: WorkerTask, t0: number, onTick: (tick: WorkerTick) => void, done: (result: WorkerResult) => void) {
    this.#task = task;
    this.#t0 = t0;
    this.#done = done;
    this.#requests = task.endpoints.map((endpoint) => encodeRequest(endpoint, task.host));
    const weights = task.endpoints.map(({ weight }) => weight);
    this.#mix = new Mix(weights, task.seed, task.worker);
    const buffer = new Uint8Array(READ_BUFFER_BYTES);
    this.connections = Array.from({ length: task.users }, () => new Connection(task.to, buffer, this));
    const perMs = task.rate / 1000;
    // With a rate, the measured part begins at the planned time of its first request.
    const warm = task.shape === 'closed' ? 0 : Math.round(perMs * task.warmup);
    this.#start = task.shape === 'closed' ? t0 + task.warmup : t0 + warm / perMs;
    this.#end = this.#start + task.duration;
    this.#recorder = new Recorder(task.endpoints.length, this.#start, this.#end, onTick);
    if (task.shape === 'closed') {
      this.#constantRate = null;
      this.#shape = new ClosedShape(this, this.#start, this.#end);
    } else {
      const total = warm + plannedRequests(task);
      const schedule = new Schedule(t0, perMs, warm, total, task.worker, task.workers);
      this.#constantRate = new ConstantRateShape(this, schedule);
      this.#shape = this.#constantRate;
    }
  }

  run(): void {
    this.#at(this.#t0, (now) => this.#shape.begin(now));
    this.#at(this.#start, (now) => this.#watchLoad(now));
    this.#at(this.#end, (now) => this.#finish(now));
    this.#expireLoop();
    this.#tickLoop(1);
  }

  // ConnectionOwner
  opened(connection: Connection, now: number): void {
    this.#shape.opened(connection, now);
  }

  answered(connection: Connection, now: number): void {
    this.#recorder.answered(connection, now);
    if (connection.scanner.keepAlive) this.#shape.free(connection, now);
    else this.#shape.lost(connection, now, 0);
  }

  failed(connection: Connection, kind: FailureKind, reason: string, now: number): void {
    if (this.#stopped) return;
    this.#reasons.set(kind, reason);
    if (kind !== 'connect' || connection.resending) {
      this.#recorder.failed(connection, kind, now);
    } else {
      const due = this.#shape.takeUnconnected(connection, now);
      if (due) this.#recorder.notConnected(this.#mix.next(), due.intended, due.counted, now);
    }
    this.#shape.lost(connection, now, backoff(kind, connection.failures));
  }

  dropped(connection: Connection): void {
    this.#shape.dropped(connection);
  }

  stale(connection: Connection): void {
    if (connection.counted) this.#stale++;
  }

  // Carrier
  send(connection: Connection, intended: number, counted: boolean): void {
    const endpoint = this.#mix.next();
    connection.send(this.#requests[endpoint]!, endpoint, intended, counted);
  }

  later(delay: number, callback: (now: number) => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopped) callback(performance.now());
    }, delay);
    this.#timers.add(timer);
  }

  unsent(waited: number, times: number): void {
    this.#recorder.unsent(this.#mix.next(), waited, times);
  }

  /** Calls back at or after a time on this thread's clock: Node's timers may fire up to 1 ms early. */
  #at(time: number, callback: (now: number) => void): void {
    const now = performance.now();
    if (now >= time) callback(now);
    else this.later(Math.max(1, Math.min(time - now, 2 ** 31 - 1)), () => this.#at(time, callback));
  }

  /** One sweep for all connections instead of a timer for each request. */
  #expireLoop(): void {
    const { timeout } = this.#task;
    this.later(Math.max(5, Math.min(100, timeout / 20)), (now) => {
      for (const connection of this.connections) connection.expire(now, timeout);
      this.#expireLoop();
    });
  }

  #tickLoop(second: number): void {
    const time = this.#start + second * 1000;
    if (time > this.#end) return;
    this.#at(time, (now) => {
      this.#recorder.flush(now);
      this.#tickLoop(second + 1);
    });
  }

  #watchLoad(now: number): void {
    this.#loop = performance.eventLoopUtilization();
    this.#cpu = process.threadCpuUsage();
    this.#cpuSince = now;
  }

  #finish(now: number): void {
    const { user, system } = process.threadCpuUsage(this.#cpu);
    this.#load = {
      loopUtilisation: performance.eventLoopUtilization(this.#loop).utilization,
      cpuUtilisation: (user + system) / 1000 / Math.max(1, now - this.#cpuSince),
    };
    this.#shape.end(now);
    this.#recorder.finishTicks();
    this.#drain(this.#end + Math.min(this.#task.timeout, MAX_GRACE));
  }

  /** Answers that are under way still count: leaving the slowest out would flatter the run. */
  #drain(until: number): void {
    const now = performance.now();
    if (this.#shape.pending() && now < until) {
      this.later(2, () => this.#drain(until));
      return;
    }
    for (const connection of this.connections) connection.expire(now, 0);
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const connection of this.connections) connection.close();
    this.#done({
      steps: this.#recorder.steps(),
      unsent: this.#constantRate?.unsent ?? 0,
      queued: this.#constantRate?.queued ?? 0,
      stale: this.#stale,
      reasons: Object.fromEntries(this.#reasons),
      ...this.#load,
    });
  }
}

/** Requests that a constant rate wants sent in the measured part, by all workers. */
export function plannedRequests(task: { readonly rate: number; readonly duration: number }): number {
  return Math.round((task.rate * task.duration) / 1000);
}

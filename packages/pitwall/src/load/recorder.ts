import { Histogram } from '../stats/histogram.ts';
import type { Connection, FailureKind } from './http1/connection.ts';
import type { StepCounts, WorkerTick } from './protocol.ts';

const NS = 1e6;

class Step {
  sent = 0;
  ok = 0;
  bytes = 0;
  readonly errors = new Map<string, number>();
  readonly response = new Histogram();
  readonly service = new Histogram();
  readonly slip = new Histogram();

  failed(kind: string): void {
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }
}

/**
 * Counts what one worker saw. A request belongs to the run when it was *intended* inside the measured part, whenever it
 * ended; the ticks, and with them the throughput, hold what *ended* inside it. Times in ms of the thread's clock.
 */
export class Recorder {
  readonly #steps: readonly Step[];
  readonly #start: number;
  readonly #end: number;
  readonly #onTick: (tick: WorkerTick) => void;
  readonly #tickResponse = new Histogram();
  #second = 0;
  #completed = 0;
  #errors = 0;

  constructor(endpoints: number, start: number, end: number, onTick: (tick: WorkerTick) => void) {
    this.#steps = Array.from({ length: endpoints }, () => new Step());
    this.#start = start;
    this.#end = end;
    this.#onTick = onTick;
  }

  /** A whole response. 4xx and 5xx are errors that have a service time. */
  answered(c: Connection, now: number): void {
    const { status } = c.scanner;
    const ok = status < 400;
    const response = (now - c.intended) * NS;
    this.#tick(now, response, ok);
    if (!c.counted) return;
    const step = this.#steps[c.endpoint]!;
    step.sent++;
    step.bytes += c.bytes;
    if (ok) step.ok++;
    else step.failed(status < 500 ? 'status-4xx' : 'status-5xx');
    step.response.record(response);
    step.service.record((now - c.writtenAt) * NS);
    step.slip.record((c.writtenAt - c.intended) * NS);
  }

  /**
   * A request that was written and given up on. Its response time is what was waited for it. So is its service time
   * when it timed out (at least that long); a reset or a garbled answer says nothing about how long serving takes.
   */
  failed(c: Connection, kind: FailureKind, now: number): void {
    const response = (now - c.intended) * NS;
    this.#tick(now, response, false);
    if (!c.counted) return;
    const step = this.#steps[c.endpoint]!;
    step.sent++;
    step.bytes += c.bytes;
    step.failed(kind);
    step.response.record(response);
    if (kind === 'timeout') step.service.record((now - c.writtenAt) * NS);
    step.slip.record((c.writtenAt - c.intended) * NS);
  }

  /** A request that could not be written because the connection for it was not made. It counts as sent: we tried. */
  notConnected(endpoint: number, intended: number, counted: boolean, now: number): void {
    const response = (now - intended) * NS;
    this.#tick(now, response, false);
    if (!counted) return;
    const step = this.#steps[endpoint]!;
    step.sent++;
    step.failed('connect');
    step.response.record(response);
  }

  /** Requests never sent: they waited this long (ms) so far. */
  unsent(endpoint: number, waited: number, times: number): void {
    this.#steps[endpoint]!.response.record(waited * NS, times);
  }

  /** Hands out every second that has passed. */
  flush(now: number): void {
    const until = Math.min(now, this.#end);
    while (this.#start + (this.#second + 1) * 1000 <= until) this.#emit();
  }

  /** Hands out the rest: a last, partial second too. Nothing may be recorded into ticks afterwards. */
  finishTicks(): void {
    this.flush(this.#end);
    if (this.#start + this.#second * 1000 < this.#end) this.#emit();
  }

  steps(): StepCounts[] {
    return this.#steps.map((step) => ({
      sent: step.sent,
      ok: step.ok,
      errors: Object.fromEntries(step.errors),
      bytes: step.bytes,
      response: step.response.toDistribution(),
      service: step.service.toDistribution(),
      slip: step.slip.toDistribution(),
    }));
  }

  #tick(now: number, response: number, ok: boolean): void {
    if (now < this.#start || now >= this.#end) return;
    if (now >= this.#start + (this.#second + 1) * 1000) this.flush(now);
    this.#completed++;
    if (!ok) this.#errors++;
    this.#tickResponse.record(response);
  }

  #emit(): void {
    const response = this.#tickResponse.toDistribution();
    this.#onTick({ second: this.#second, completed: this.#completed, errors: this.#errors, response });
    this.#tickResponse.reset();
    this.#second++;
    this.#completed = 0;
    this.#errors = 0;
  }
}

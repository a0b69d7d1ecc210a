import { BUSY, type Connection } from '../http1/connection.ts';
import { dealt } from '../split.ts';
import type { Carrier, Due, Shape } from './shape.ts';

/** Unsent requests are recorded in at most this many strides, so that the end of a hopeless run stays short. */
const MAX_STRIDES = 100_000;

/** One worker's share of the absolute schedule `t0 + i / rate`: the indices worker, worker + workers, … */
export class Schedule {
  /** Requests of this worker in all, and those before the measured part. */
  readonly count: number;
  readonly warmups: number;
  readonly #first: number;
  readonly #gap: number;

  /** `perMs` requests per ms of the whole load; `t0` in ms; `warm` and `total` count requests of the whole load. */
  constructor(t0: number, perMs: number, warm: number, total: number, worker: number, workers: number) {
    this.count = dealt(total, worker, workers);
    this.warmups = dealt(warm, worker, workers);
    this.#first = t0 + worker / perMs;
    this.#gap = workers / perMs;
  }

  /** When this worker's k-th request is intended, in ms. A product, never a sum: it cannot drift. */
  at(k: number): number {
    return this.#first + k * this.#gap;
  }

  /** How many are intended at or before `now`. */
  dueBy(now: number): number {
    const due = Math.floor((now - this.#first) / this.#gap) + 1;
    return Math.max(0, Math.min(this.count, due));
  }
}

/**
 * Requests go out at their time whatever became of the earlier ones. One that finds no free connection waits for the
 * next, and its waiting counts, because its clock runs from the intended time. Connections are opened when they are
 * needed, up to the limit. On every wake-up, by timer or by an answer, all that is due is sent: a late timer makes
 * requests late (and the slip histogram says so) but never fewer.
 */
export class ConstantRateShape implements Shape {
  readonly #carrier: Carrier;
  readonly #schedule: Schedule;
  readonly #idle: Connection[] = [];
  readonly #down: Connection[];
  #connecting = 0;
  #next = 0;
  #ended = false;
  #waiting = 0;
  /** Counted requests that had to wait for a connection. */
  queued = 0;
  /** Known after `end`. */
  unsent = 0;

  constructor(carrier: Carrier, schedule: Schedule) {
    this.#carrier = carrier;
    this.#schedule = schedule;
    this.#down = [...carrier.connections].reverse();
  }

  begin(now: number): void {
    this.#wake(now);
  }

  opened(connection: Connection, now: number): void {
    this.#connecting--;
    this.free(connection, now);
  }

  free(connection: Connection, now: number): void {
    this.#idle.push(connection);
    this.#dispatch(now);
  }

  lost(connection: Connection, now: number, delay: number): void {
    const reopenable = (later: number) => {
      this.#down.push(connection);
      this.#dispatch(later);
    };
    if (delay === 0) reopenable(now);
    else this.#carrier.later(delay, reopenable);
  }

  dropped(connection: Connection): void {
    this.#idle.splice(this.#idle.indexOf(connection), 1);
    this.#down.push(connection);
  }

  takeUnconnected(_connection: Connection, now: number): Due | null {
    this.#connecting--;
    if (this.#ended || this.#next >= this.#schedule.dueBy(now)) return null;
    const k = this.#next++;
    return { intended: this.#schedule.at(k), counted: k >= this.#schedule.warmups };
  }

  end(now: number): void {
    this.#dispatch(now);
    this.#ended = true;
    const first = Math.max(this.#next, this.#schedule.warmups);
    this.unsent = Math.max(0, this.#schedule.count - first);
    const stride = Math.ceil(this.unsent / MAX_STRIDES);
    for (let k = first; k < this.#schedule.count; k += stride) {
      this.#carrier.unsent(now - this.#schedule.at(k), Math.min(stride, this.#schedule.count - k));
    }
  }

  pending(): boolean {
    return this.#carrier.connections.some((connection) => connection.state === BUSY || connection.resending);
  }

  /** The timer: re-armed from the plan and the clock, never from when it last fired. */
  #wake(now: number): void {
    this.#dispatch(now);
    if (this.#next >= this.#schedule.count || this.#ended) return;
    // When requests are overdue they wait for a connection, which wakes us itself; the timer then watches for the next.
    const next = this.#schedule.at(Math.max(this.#next, this.#schedule.dueBy(now)));
    this.#carrier.later(Math.max(1, Math.floor(next - now)), (later) => this.#wake(later));
  }

  #dispatch(now: number): void {
    if (this.#ended) return;
    const schedule = this.#schedule;
    while (this.#next < schedule.count && schedule.at(this.#next) <= now) {
      const connection = this.#idle.pop();
      if (!connection) break;
      const k = this.#next++;
      const counted = k >= schedule.warmups;
      if (counted && k < this.#waiting) this.queued++;
      this.#carrier.send(connection, schedule.at(k), counted);
    }
    if (this.#next >= schedule.count || schedule.at(this.#next) > now) return;
    this.#waiting = schedule.dueBy(now);
    for (let missing = this.#waiting - this.#next - this.#connecting; missing > 0; missing--) {
      const connection = this.#down.pop();
      if (!connection) break;
      this.#connecting++;
      connection.open(now);
    }
  }
}

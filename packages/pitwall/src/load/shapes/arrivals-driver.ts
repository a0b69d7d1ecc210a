import { type Channel, DOWN } from '../channel.ts';
import type { Arrivals } from './arrivals.ts';
import type { Carrier, Driver, Due } from './driver.ts';
import { IdleStack } from './idle-stack.ts';

/** Unsent iterations are recorded in at most this many strides, so that the end of a hopeless run stays short. */
const MAX_STRIDES = 100_000;

/**
 * Iterations start at their time whatever became of the earlier ones. One that finds no free channel waits for the next, and
 * its waiting counts, because its clock runs from the intended time. Channels are opened when they are needed, up to the
 * limit. On every wake-up, by timer or by an answer, all that is due is started: a late timer makes iterations late (and the
 * generator's lateness says so) but never fewer.
 */
export class ArrivalsDriver implements Driver {
  readonly #carrier: Carrier;
  readonly #arrivals: Arrivals;
  readonly #idle: IdleStack;
  readonly #down: Channel[] = [];
  #connecting = 0;
  #dispatching = false;
  #ended = false;
  /** The latest time heard of. Events that are handled together may tell theirs out of order, by a few microseconds. */
  #clock = Number.NEGATIVE_INFINITY;
  /** Iterations intended at or before this time had found no free channel. */
  #waitingUntil = Number.NEGATIVE_INFINITY;
  readonly done = false;
  started = 0;
  queued = 0;
  /** Known after `end`. */
  unsent = 0;

  constructor(carrier: Carrier, arrivals: Arrivals) {
    this.#carrier = carrier;
    this.#arrivals = arrivals;
    this.#idle = new IdleStack(carrier.channels.length);
  }

  begin(now: number): void {
    // The first channels are used first. Users who had something to do before the run are connected already.
    for (const channel of [...this.#carrier.channels].reverse()) {
      if (channel.state === DOWN) this.#down.push(channel);
      else this.#idle.push(channel, Number.NEGATIVE_INFINITY);
    }
    this.#wake(now);
  }

  opened(channel: Channel, now: number): void {
    this.#connecting--;
    this.free(channel, now);
  }

  free(channel: Channel, now: number): void {
    this.#idle.push(channel, now);
    this.#dispatch(now);
  }

  lost(channel: Channel, now: number, delay: number): void {
    const reopenable = (later: number) => {
      this.#down.push(channel);
      this.#dispatch(later);
    };
    if (delay === 0) reopenable(now);
    else this.#carrier.later(delay, reopenable);
  }

  dropped(channel: Channel): void {
    if (this.#idle.remove(channel)) this.#down.push(channel);
  }

  takeUnconnected(_channel: Channel, now: number): Due | null {
    this.#connecting--;
    const arrivals = this.#arrivals;
    if (this.#ended || arrivals.next > now) return null;
    const due = { intended: arrivals.next, counted: arrivals.counted, flow: arrivals.flow };
    arrivals.take();
    if (due.counted) this.started++;
    return due;
  }

  end(now: number): void {
    this.#dispatch(now);
    this.#ended = true;
    const arrivals = this.#arrivals;
    arrivals.skipWarmup();
    this.unsent = arrivals.dueBy(this.#clock);
    const stride = Math.ceil(this.unsent / MAX_STRIDES);
    for (let left = this.unsent; left > 0; left -= stride) {
      const times = Math.min(stride, left);
      this.#carrier.unsent(now - arrivals.next, times, arrivals.flow);
      arrivals.take(times);
    }
  }

  /** The timer: re-armed from the plan and the clock, never from when it last fired. */
  #wake(now: number): void {
    this.#dispatch(now);
    if (this.#ended) return;
    // When iterations are overdue they wait for a channel, which wakes us itself; the timer then watches for the next.
    const next = this.#arrivals.following(this.#clock);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#carrier.later(Math.max(1, Math.floor(next - now)), (later) => this.#wake(later));
  }

  /** Starts what is due. What a channel reports while it is being started or opened is seen by the loop that is running. */
  #dispatch(now: number): void {
    this.#clock = Math.max(this.#clock, now);
    if (this.#ended || this.#dispatching) return;
    this.#dispatching = true;
    const arrivals = this.#arrivals;
    while (arrivals.next <= this.#clock) {
      const channel = this.#idle.pop();
      if (channel) this.#start(channel);
      else if (!this.#openOne()) break;
    }
    this.#dispatching = false;
  }

  #start(channel: Channel): void {
    const { next, counted, flow } = this.#arrivals;
    this.#arrivals.take();
    if (counted) this.started++;
    if (counted && next <= this.#waitingUntil) this.queued++;
    this.#carrier.start(channel, next, Math.max(next, this.#idle.freeSince(channel)), counted, flow);
  }

  /** False when as many channels are on their way as there are iterations waiting, or none can be opened. */
  #openOne(): boolean {
    // Whoever only waits for a connection to be made has not found all of them taken.
    if (this.#arrivals.dueBy(this.#clock) <= this.#connecting) return false;
    if (this.#down.length === 0) {
      this.#waitingUntil = this.#clock;
      return false;
    }
    this.#connecting++;
    this.#down.pop()!.open(this.#clock);
    return true;
  }
}

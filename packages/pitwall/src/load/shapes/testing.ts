/** A lane without a network, on a clock of its own, for the tests of the drivers. */
import { BUSY, type Channel, CONNECTING, DOWN, IDLE } from '../channel.ts';
import type { Carrier, Driver } from './driver.ts';

export interface Started {
  readonly channel: number;
  readonly at: number;
  readonly intended: number;
  readonly readyAt: number;
  readonly counted: boolean;
  readonly flow: number;
}

interface Behaviour {
  /** ms that connecting takes; null: it is refused after 1 ms. */
  connect(now: number): number | null;
  /** ms that an iteration takes; 0: it is over before `start` returns. */
  serve(now: number): number;
  /** Whether the connection is kept after an iteration. */
  keepAlive: boolean;
  /** ms that timers fire after their time. */
  timerDelay: number;
  /** ms of the pause after a refused connection. */
  backoff: number;
}

class FakeChannel {
  state = DOWN;
  intended = 0;
  readonly index: number;
  readonly #lane: FakeLane;

  constructor(index: number, lane: FakeLane) {
    this.index = index;
    this.#lane = lane;
  }

  open(): void {
    this.#lane.connect(this as unknown as Channel & FakeChannel);
  }
}

export class FakeLane implements Carrier {
  readonly channels: readonly (Channel & FakeChannel)[];
  readonly started: Started[] = [];
  readonly unconnected: { intended: number; counted: boolean }[] = [];
  /** How often the driver said that all is done. */
  finishes = 0;
  readonly unsentCalls: { waited: number; times: number; flow: number }[] = [];
  now = 0;
  /** The most connection attempts under way at a time, and the most iterations. */
  mostConnecting = 0;
  mostBusy = 0;
  /** Timers that were asked for. */
  timers = 0;
  /** Latest first; of those at the same time, the one that was asked for last. */
  readonly #timers: { readonly at: number; readonly run: (now: number) => void }[] = [];
  #connecting = 0;
  #busy = 0;
  #driver: Driver | null = null;
  readonly #behaviour: Behaviour;

  constructor(channels: number, behaviour: Partial<Behaviour> = {}) {
    this.#behaviour = { connect: () => 1, serve: () => 5, keepAlive: true, timerDelay: 0, backoff: 10, ...behaviour };
    this.channels = Array.from(
      { length: channels },
      (_, i) => new FakeChannel(i, this) as unknown as Channel & FakeChannel,
    );
  }

  /** Begins at 0 and goes on until `end`; tells the driver of the end when there is nothing left to do before it. */
  run(driver: Driver, end: number): void {
    this.#driver = driver;
    this.at(0, (now) => driver.begin(now));
    this.advance(end);
    driver.end(end);
    this.advance(end + 10_000);
  }

  /** Handles all that happens up to a time. */
  advance(until: number): void {
    for (let next = this.#timers.at(-1); next && next.at <= until; next = this.#timers.at(-1)) {
      this.#timers.pop();
      this.now = Math.max(this.now, next.at);
      next.run(this.now);
    }
    this.now = Math.max(this.now, until);
  }

  at(time: number, run: (now: number) => void): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.at > time) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, { at: time, run });
  }

  /** The server hangs up on an idle channel. */
  drop(index: number): void {
    const channel = this.channels[index]!;
    if (channel.state !== IDLE) throw new Error(`channel ${index} is not idle`);
    channel.state = DOWN;
    this.#driver!.dropped(channel);
  }

  connect(channel: Channel & FakeChannel): void {
    if (channel.state !== DOWN) throw new Error(`channel ${channel.index} is not down`);
    channel.state = CONNECTING;
    this.mostConnecting = Math.max(this.mostConnecting, ++this.#connecting);
    const delay = this.#behaviour.connect(this.now);
    this.at(this.now + (delay ?? 1), (now) => {
      this.#connecting--;
      if (delay !== null) {
        channel.state = IDLE;
        this.#driver!.opened(channel, now);
        return;
      }
      channel.state = DOWN;
      const due = this.#driver!.takeUnconnected(channel, now);
      if (due) this.unconnected.push(due);
      this.#driver!.lost(channel, now, this.#behaviour.backoff);
    });
  }

  start(channel: Channel, intended: number, readyAt: number, counted: boolean, flow: number): void {
    const fake = this.channels[channel.index]!;
    if (fake.state !== IDLE) throw new Error(`channel ${channel.index} is not idle`);
    this.started.push({ channel: channel.index, at: this.now, intended, readyAt, counted, flow });
    const time = this.#behaviour.serve(this.now);
    if (time === 0) {
      this.#driver!.free(channel, this.now);
      return;
    }
    fake.state = BUSY;
    this.mostBusy = Math.max(this.mostBusy, ++this.#busy);
    this.at(this.now + time, (now) => {
      this.#busy--;
      fake.state = this.#behaviour.keepAlive ? IDLE : DOWN;
      if (this.#behaviour.keepAlive) this.#driver!.free(channel, now);
      else this.#driver!.lost(channel, now, 0);
    });
  }

  later(delay: number, callback: (now: number) => void): void {
    this.timers++;
    this.at(this.now + Math.max(1, delay) + this.#behaviour.timerDelay, callback);
  }

  finished(): void {
    this.finishes++;
  }

  unsent(waited: number, times: number, flow: number): void {
    this.unsentCalls.push({ waited, times, flow });
  }
}

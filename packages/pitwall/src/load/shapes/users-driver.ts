import type { ThinkTime } from '../../model/scenario.ts';
import type { Random } from '../../stats/random.ts';
import { type Channel, DOWN } from '../channel.ts';
import type { Slice } from './arrivals.ts';
import { type Curve, firstAbove } from './curve.ts';
import { STREAM, stream } from './draw.ts';
import type { Carrier, Driver, Due } from './driver.ts';
import { drawThinkTime } from './think.ts';

/** Connections that are opened at the same time for users who begin, so that thousands of them do not overflow a backlog. */
const OPENING_AT_ONCE = 128;

/** AWAY: not there (yet, or any more). QUEUED: wants to begin. OPENING: the connection to begin with is being made. */
const AWAY = 0;
const QUEUED = 1;
const OPENING = 2;
const ACTIVE = 3;

/** Of the run, in ms on the thread's clock: where the schedule and the measured part begin, and where that ends. */
export interface Window {
  readonly t0: number;
  readonly start: number;
  readonly end: number;
}

export interface UsersPlan {
  /** Users of the whole load over the seconds since `t0`. */
  readonly users: Curve;
  readonly thinkTime: ThinkTime | null;
  /** Counted iterations of this worker's users together, after which it is finished; null: until the end. */
  readonly iterations: number | null;
  readonly window: Window;
  readonly slice: Slice;
  readonly seed: number;
}

/**
 * Each channel is a user who goes on as soon as the iteration is over and the think time has passed. An iteration is intended
 * at that moment (the first one: when its connection is asked for), so the time to reconnect to a server that closes is part
 * of the response time. After a failure the user pauses by the back-off, which is not waiting.
 *
 * User g of the whole load is there while the curve is above g, so with fewer users the last to come go first, each after its
 * iteration.
 *
 * A closed loop slows down with the server it measures, so it cannot see what users who do not wait would have seen: that is
 * what the open shapes are for (coordinated omission; http://hdrhistogram.org, Gil Tene).
 */
export class UsersDriver implements Driver {
  started = 0;
  readonly queued = 0;
  readonly unsent = 0;
  readonly #carrier: Carrier;
  readonly #plan: UsersPlan;
  readonly #state: Uint8Array;
  readonly #random: readonly Random[];
  /** Users who want to begin, in order; those before `#served` have had their turn. */
  #queue: Channel[] = [];
  #served = 0;
  #opening = 0;
  /** The piece of the curve that the run is in. */
  #piece = 0;
  /** Until then (ms) all users of this worker are wanted. */
  #allWantedUntil = Number.NEGATIVE_INFINITY;
  /** No user before this one is away. */
  #firstAway = 0;
  /** When the earliest timer for new users fires. */
  #armed = Number.POSITIVE_INFINITY;
  #pumping = false;
  readonly #straight: boolean;
  #starting: Channel | null = null;
  /** Counted iterations that may still start, and channels that are in one. */
  #left: number;
  readonly #counting: Uint8Array;
  #underWay = 0;
  /** Iterations that are intended at this time or later do not start. */
  #until: number;

  constructor(carrier: Carrier, plan: UsersPlan) {
    const { slice, seed, thinkTime, window } = plan;
    this.#carrier = carrier;
    this.#plan = plan;
    this.#until = window.end;
    this.#left = plan.iterations ?? Number.POSITIVE_INFINITY;
    this.#straight = plan.iterations === null && thinkTime === null;
    this.#counting = new Uint8Array(carrier.channels.length);
    this.#state = new Uint8Array(carrier.channels.length).fill(AWAY);
    this.#random = thinkTime ? carrier.channels.map((_, i) => stream(seed, STREAM.think, globalIndex(i, slice))) : [];
  }

  get done(): boolean {
    return this.#left === 0 && this.#underWay === 0;
  }

  begin(now: number): void {
    this.#welcome(now);
    if (this.done) this.#carrier.later(Math.max(1, this.#plan.window.start - now), () => this.#carrier.finished());
  }

  opened(channel: Channel, now: number): void {
    this.#hasBegun(channel, now);
    this.#start(channel, channel.intended, now);
  }

  free(channel: Channel, now: number): void {
    // The short way of most: a user who stays, and neither thinks nor counts.
    if (this.#straight && now < this.#allWantedUntil && channel !== this.#starting) this.#start(channel, now, now);
    else this.lost(channel, now, 0);
  }

  lost(channel: Channel, now: number, delay: number): void {
    if (this.#counting[channel.index] === 1) this.#isOver(channel);
    if (channel !== this.#starting) {
      this.#goOn(channel, now, delay);
      return;
    }
    // An iteration that was over before it waited for anything: going on at once would never leave the call stack.
    this.#carrier.later(1, (later) => this.#goOn(channel, later, delay));
  }

  /** Nothing to do: a user who is thinking or away connects again when the time has come. */
  dropped(): void {}

  takeUnconnected(channel: Channel, now: number): Due | null {
    this.#hasBegun(channel, now);
    const { intended } = channel;
    const counted = this.#counts(intended);
    if (counted && !this.#takes(channel)) return null;
    if (counted) this.started++;
    return { intended, counted, flow: -1 };
  }

  /** Users who wanted to go on before the end and are still connecting may do so. */
  end(now: number): void {
    this.#until = Math.min(this.#until, now);
  }

  /** Lets those users begin whose time has come, and looks when the next one's will. */
  #welcome(now: number): void {
    const { channels } = this.#carrier;
    for (; this.#firstAway < channels.length; this.#firstAway++) {
      const channel = channels[this.#firstAway]!;
      if (this.#state[channel.index] !== AWAY) continue;
      const when = this.#whenWanted(channel, now);
      if (when > now) {
        this.#arm(when, now);
        break;
      }
      this.#state[channel.index] = QUEUED;
      this.#queue.push(channel);
    }
    this.#pump(now);
  }

  #arm(when: number, now: number): void {
    if (when >= this.#armed || when >= this.#until) return;
    this.#armed = when;
    this.#carrier.later(Math.max(1, Math.floor(when - now)), (later) => {
      this.#armed = Number.POSITIVE_INFINITY;
      this.#welcome(later);
    });
  }

  #pump(now: number): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#opening < OPENING_AT_ONCE && this.#served < this.#queue.length) {
      const channel = this.#queue[this.#served++]!;
      if (channel.state === DOWN) {
        this.#state[channel.index] = OPENING;
        this.#opening++;
        this.#open(channel, now, now);
      } else {
        this.#state[channel.index] = ACTIVE;
        this.#start(channel, now, now);
      }
    }
    if (this.#served === this.#queue.length) {
      this.#queue = [];
      this.#served = 0;
    }
    this.#pumping = false;
  }

  /** A connection attempt has ended; if it was a first one, the next user in the queue may make theirs. */
  #hasBegun(channel: Channel, now: number): void {
    if (this.#state[channel.index] !== OPENING) return;
    this.#state[channel.index] = ACTIVE;
    this.#opening--;
    this.#pump(now);
  }

  /** After an iteration: think, and wait for at least `delay` ms. */
  #goOn(channel: Channel, now: number, delay: number): void {
    const { thinkTime } = this.#plan;
    const think = thinkTime ? drawThinkTime(thinkTime, this.#random[channel.index]!) * 1000 : 0;
    const pause = Math.max(think, delay);
    if (pause === 0) {
      this.#again(channel, now, now);
      return;
    }
    this.#afterPause(channel, now + pause, now);
  }

  #afterPause(channel: Channel, due: number, now: number): void {
    if (due >= this.#until) return;
    this.#carrier.later(Math.max(1, Math.floor(due - now)), (later) => {
      // Node's timers may fire up to 1 ms early (nodejs/node#62468).
      if (later < due) this.#afterPause(channel, due, later);
      else this.#again(channel, due, later);
    });
  }

  /** The next iteration of a user, if they are still wanted. */
  #again(channel: Channel, intended: number, now: number): void {
    if (this.#whenWanted(channel, now) > now) {
      this.#state[channel.index] = AWAY;
      this.#firstAway = Math.min(this.#firstAway, channel.index);
      this.#welcome(now);
      return;
    }
    if (channel.state === DOWN) this.#open(channel, intended, now);
    else this.#start(channel, intended, intended);
  }

  #open(channel: Channel, intended: number, now: number): void {
    if (intended >= this.#until || (this.#left === 0 && this.#counts(intended))) return;
    channel.intended = intended;
    channel.open(now);
  }

  /** `free`: when the channel could carry it. */
  #start(channel: Channel, intended: number, free: number): void {
    if (intended >= this.#until) return;
    const counted = this.#counts(intended);
    if (counted && !this.#straight && !this.#takes(channel)) return;
    if (counted) this.started++;
    this.#starting = channel;
    this.#carrier.start(channel, intended, Math.max(intended, free), counted, -1);
    this.#starting = null;
  }

  /** One of the iterations that are left; false when none is. */
  #takes(channel: Channel): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    this.#underWay++;
    this.#counting[channel.index] = 1;
    return true;
  }

  #isOver(channel: Channel): void {
    this.#counting[channel.index] = 0;
    this.#underWay--;
    // Not at once: who is told of the end of an iteration is in the middle of something.
    if (this.#left === 0 && this.done) this.#carrier.later(1, () => this.#carrier.finished());
  }

  #counts(intended: number): boolean {
    return intended >= this.#plan.window.start;
  }

  /** `now` when the user is wanted now, or else when they will be; Infinity when never again. */
  #whenWanted(channel: Channel, now: number): number {
    if (now < this.#allWantedUntil) return now;
    const { users, slice, window } = this.#plan;
    const seconds = (now - window.t0) / 1000;
    while (this.#piece + 1 < users.length && users[this.#piece]!.end <= seconds) this.#piece++;
    const { begin, end, from, to } = users[this.#piece]!;
    if (begin <= seconds && Math.min(from, to) > globalIndex(this.#state.length - 1, slice))
      this.#allWantedUntil = window.t0 + end * 1000;
    const when = firstAbove(users, globalIndex(channel.index, slice), seconds, this.#piece);
    return when <= seconds ? now : window.t0 + when * 1000;
  }
}

/** Users are dealt to the workers in turn, so that every worker's share grows and shrinks with the whole. */
function globalIndex(index: number, { worker, workers }: Slice): number {
  return worker + index * workers;
}

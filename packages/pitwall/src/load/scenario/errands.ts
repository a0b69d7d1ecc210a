import { type Channel, DOWN, type FailureKind, IDLE, type PlainRequest, type Transport } from '../channel.ts';
import { judge, requestOf } from './exchange.ts';
import type { Errand } from './plan.ts';
import { MissingValue, TemplateProblem } from './template.ts';
import type { User } from './users.ts';

/** Users that are on an errand at the same time: a thousand log-ins at once would be a load of their own. */
const AT_ONCE = 32;
/** How often a step is tried again, and after which pause (ms), before its user counts as failed. */
const TRIES = 3;
const PAUSE = 200;
/** A timer holds no more ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface ErrandResult {
  /** Steps that were done, and users who could not do theirs. What was not needed (`Errand.skips`) is neither. */
  readonly done: number;
  readonly failed: number;
  /** Of the last failure, without full stop. */
  readonly reason: string;
}

/**
 * Lets every user of a worker do some steps once, before or after the run: logging in, cleaning up. Nothing of it is measured.
 * While it goes on, it owns the channels.
 */
export class Errands {
  readonly #errand: Errand;
  readonly #transport: Transport;
  readonly #users: readonly User[];
  readonly #timeout: number;
  readonly #position: Int32Array;
  readonly #tries: Int32Array;
  readonly #timers = new Set<NodeJS.Timeout>();
  #next = 0;
  #underWay = 0;
  #filling = false;
  #finished = 0;
  #done = 0;
  #failed = 0;
  #reason = '';
  #resolve: ((result: ErrandResult) => void) | null = null;

  /** `timeout` of a request, in ms. */
  constructor(errand: Errand, transport: Transport, users: readonly User[], timeout: number) {
    this.#errand = errand;
    this.#transport = transport;
    this.#users = users;
    this.#timeout = timeout;
    this.#position = new Int32Array(users.length);
    this.#tries = new Int32Array(users.length);
  }

  /** Resolves when every user is through, or after `limit` ms; those who are not through by then have failed. */
  run(limit: number): Promise<ErrandResult> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#later(Math.min(limit, LONGEST_TIMER), () => {
        this.#failed += this.#users.length - this.#finished;
        this.#reason ||= `they took longer than ${Math.round(limit / 1000)} s`;
        this.#end();
      });
      this.#sweep();
      this.#fill();
    });
  }

  opened(channel: Channel): void {
    this.#send(channel);
  }

  answered(channel: Channel, now: number): void {
    if (this.#resolve === null) return;
    const user = this.#users[channel.index]!;
    const step = this.#errand.steps[this.#position[channel.index]!]!;
    const exchange = judge(channel, step, user, now);
    if (exchange.kind !== null) {
      this.#again(channel, `${step.name}: ${exchange.because}`);
      return;
    }
    this.#done++;
    this.#onwards(channel, now);
  }

  failed(channel: Channel, kind: FailureKind, reason: string): void {
    if (this.#resolve === null) return;
    this.#again(channel, `${this.#errand.steps[this.#position[channel.index]!]!.name}: ${kind}: ${reason}`);
  }

  /** In a loop: users who cannot send anything are through at once, and there may be tens of thousands of them. */
  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    while (this.#underWay < AT_ONCE && this.#next < this.#users.length) {
      this.#underWay++;
      this.#begin(this.#transport.channels[this.#next++]!);
    }
    this.#filling = false;
  }

  #begin(channel: Channel): void {
    const dry = this.#errand.feed(this.#users[channel.index]!);
    if (dry === null) this.#go(channel, performance.now());
    else this.#give(dry);
  }

  #go(channel: Channel, now: number): void {
    if (channel.state === IDLE) this.#send(channel);
    // Most users of an open load may have nothing to clean up: they need no connection for that.
    else if (channel.state === DOWN && (!this.#errand.skips || this.#request(channel) !== null)) channel.open(now);
  }

  #send(channel: Channel): void {
    if (this.#resolve === null) return;
    const request = this.#request(channel);
    const step = this.#errand.steps[this.#position[channel.index]!];
    if (request !== null) channel.send(this.#transport.encode(request), step!.index, performance.now(), false);
  }

  /** What the user sends next. Null when it cannot be made: then the user has gone on, or is through. */
  #request(channel: Channel): PlainRequest | null {
    const step = this.#errand.steps[this.#position[channel.index]!]!;
    try {
      return requestOf(step, this.#users[channel.index]!);
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      if (this.#errand.skips && error instanceof MissingValue) this.#onwards(channel, performance.now());
      else this.#give(`${step.name}: ${error.message}`);
      return null;
    }
  }

  /** To the next step. */
  #onwards(channel: Channel, now: number): void {
    this.#tries[channel.index] = 0;
    if (++this.#position[channel.index]! >= this.#errand.steps.length) this.#through();
    else this.#go(channel, now);
  }

  #again(channel: Channel, reason: string): void {
    if (++this.#tries[channel.index]! >= TRIES) this.#give(reason);
    else this.#later(PAUSE, () => this.#go(channel, performance.now()));
  }

  #give(reason: string): void {
    this.#failed++;
    this.#reason = reason;
    this.#through();
  }

  #through(): void {
    this.#finished++;
    this.#underWay--;
    if (this.#finished === this.#users.length) this.#end();
    else this.#fill();
  }

  #sweep(): void {
    this.#later(Math.max(5, Math.min(100, this.#timeout / 20)), () => {
      const now = performance.now();
      for (const channel of this.#transport.channels) channel.expire(now, this.#timeout);
      this.#sweep();
    });
  }

  #later(delay: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#resolve !== null) callback();
    }, delay);
    this.#timers.add(timer);
  }

  #end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve?.({ done: this.#done, failed: this.#failed, reason: this.#reason });
  }
}

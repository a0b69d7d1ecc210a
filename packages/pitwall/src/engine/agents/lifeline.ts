import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError } from '../../errors.ts';
import { isPassing, RefusedByStore } from '../../fleet/database.ts';
import { type Beat, beat, type HeldSlice, postTicks } from '../../fleet/slices.ts';
import type { Timing } from '../../fleet/timing.ts';
import { EarlyEnd } from '../../load/abort-watch.ts';
import { monotonicNow, type RawTick } from '../../load/protocol.ts';

/** Seconds between two signs of life to the queue, which expects one a minute. */
const TOUCH = 20;

/**
 * What ties an agent to a run while it holds a slice: a sign of life every heartbeat, with it the ticks that are due, and
 * back what the coordinator wants. When it breaks (the run is over, the coordinator or the store is gone for longer than a
 * lease), `lost` aborts: nobody would hear of the load any more.
 */
export class Lifeline {
  readonly #held: HeldSlice;
  readonly #timing: Timing;
  readonly #lost = new AbortController();
  readonly #stopping = new AbortController();
  readonly #over = new AbortController();
  readonly #ticks: { second: number; tick: string }[] = [];
  readonly #waiting = new Set<(beat: Beat) => void>();
  readonly #watch: NodeJS.Timeout;
  readonly #beating: Promise<void>;
  /** Ms of the last answer of the store. */
  #heard = monotonicNow();
  #touched = monotonicNow();

  constructor(held: HeldSlice, timing: Timing) {
    this.#held = held;
    this.#timing = timing;
    // Apart from the beats: one that hangs must not hide that time goes by.
    this.#watch = setInterval(() => this.#checkLease(), (timing.lease * 1000) / 16);
    this.#beating = this.#beatUntilOver();
  }

  /** Aborts when the slice is no longer ours, with SHARE_LOST as its reason. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Aborts when the coordinator ends the load early, with an EarlyEnd as its reason. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Sends a second of the load with the next beat. */
  push(tick: RawTick): void {
    this.#ticks.push({ second: tick.second, tick: JSON.stringify(tick) });
  }

  /** Resolves with what `pick` finds in a beat, once it finds something. Rejects when the slice is lost or `signal` aborts. */
  until<T>(pick: (beat: Beat) => T | null, signal: AbortSignal): Promise<T> {
    const ends = AbortSignal.any([this.lost, this.stopping, signal]);
    return new Promise<T>((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(look);
        reject(ends.reason);
      };
      const look = (beat: Beat) => {
        const found = pick(beat);
        if (found === null) return;
        this.#waiting.delete(look);
        ends.removeEventListener('abort', end);
        resolve(found);
      };
      if (ends.aborted) return end();
      ends.addEventListener('abort', end, { once: true });
      this.#waiting.add(look);
    });
  }

  /** Sends the ticks that are left, once. @throws as the store does */
  async flush(): Promise<void> {
    await this.#sendTicks();
  }

  /** Ends the beats. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#over.abort();
    await this.#beating;
  }

  async #beatUntilOver(): Promise<void> {
    const over = AbortSignal.any([this.#over.signal, this.#lost.signal]);
    while (!over.aborted) {
      // Before the start somebody waits for the answer.
      const pause = this.#waiting.size > 0 ? this.#timing.poll : this.#timing.heartbeat;
      try {
        await this.#beatOnce();
      } catch (error) {
        // The lease bounds how often it is tried again.
        if (error instanceof RefusedByStore) this.#lose(error.message);
        else if (!isPassing(error)) this.#lost.abort(error);
      }
      await sleep(pause * 1000, undefined, { signal: over }).catch(() => {});
    }
  }

  async #beatOnce(): Promise<void> {
    const heard = await beat(this.#held);
    if (this.#over.signal.aborted) return;
    if (heard === null) return this.#lose('the run is over, or the share was given up');
    this.#heard = monotonicNow();
    if (heard.coordinatorSilent > 2 * this.#timing.lease) {
      return this.#lose(`the coordinator has shown no sign of life for ${Math.round(heard.coordinatorSilent)} s`);
    }
    if (heard.stopBecause !== null) this.#stopping.abort(new EarlyEnd('interrupt', heard.stopBecause));
    for (const look of [...this.#waiting]) look(heard);
    await this.#sendTicks();
    if (monotonicNow() - this.#touched > TOUCH * 1000) {
      this.#touched = monotonicNow();
      await this.#held.queue.touch(this.#held.job);
    }
  }

  async #sendTicks(): Promise<void> {
    const due = [...this.#ticks];
    await postTicks(this.#held, due);
    this.#ticks.splice(0, due.length);
  }

  #checkLease(): void {
    const silent = (monotonicNow() - this.#heard) / 1000;
    if (silent > this.#timing.lease) this.#lose(`the store could not be reached for ${Math.round(silent)} s`);
  }

  #lose(reason: string): void {
    if (!this.#over.signal.aborted) this.#lost.abort(new PitwallError('SHARE_LOST', { reason }));
  }
}

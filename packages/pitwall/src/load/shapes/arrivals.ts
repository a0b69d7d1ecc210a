import { dealt } from '../split.ts';
import type { Plan } from './plan.ts';

/** A part of the run: its arrivals, and when it begins, in ms on the thread's clock. */
export interface Part {
  readonly begin: number;
  /** Makes the same plan each time. */
  plan(): Plan;
}

/** Which worker this is, of how many. */
export interface Slice {
  readonly worker: number;
  readonly workers: number;
}

/**
 * One worker's share of the planned arrivals, the indices worker, worker + workers, …, as a cursor that stands on the next
 * one. Times in ms on the thread's clock.
 */
export class Arrivals {
  /** When the next arrival is due; Infinity when there is none. */
  next = 0;
  /** Whether the next one belongs to the measured part. */
  counted = false;
  readonly #slice: Slice;
  readonly #warmBegin: number;
  readonly #begin: number;
  readonly #warm: Plan;
  readonly #measured: Plan;
  /** A second pair, for looking further ahead than the cursor: plans go forwards only. */
  readonly #warmAhead: Plan;
  readonly #measuredAhead: Plan;
  readonly #warmups: number;
  /** The next one's index among the arrivals of all workers. */
  #index: number;

  constructor(warmup: Part, measured: Part, slice: Slice) {
    this.#slice = slice;
    this.#warmBegin = warmup.begin;
    this.#begin = measured.begin;
    this.#warm = warmup.plan();
    this.#measured = measured.plan();
    this.#warmAhead = warmup.plan();
    this.#measuredAhead = measured.plan();
    this.#warmups = this.#warm.count;
    this.#index = slice.worker;
    this.#look();
  }

  /** Which flow the next one takes; -1: the next of the mix. */
  get flow(): number {
    return this.counted ? this.#measured.flow(this.#index - this.#warmups) : this.#warm.flow(this.#index);
  }

  /** How many are left, the next one included. */
  get remaining(): number {
    return this.#ownBelow(this.#warmups + this.#measured.count);
  }

  /** Goes on to the one after the next, or over `times`. */
  take(times = 1): void {
    this.#index += times * this.#slice.workers;
    this.#look();
  }

  /** Goes on to the first of the measured part. */
  skipWarmup(): void {
    if (this.#index < this.#warmups) this.take(this.#ownBelow(this.#warmups));
  }

  /** How many are due at or before `now`, from the next one on. `now` never goes back. */
  dueBy(now: number): number {
    if (now < this.next) return 0;
    const due =
      now < this.#begin
        ? this.#warmAhead.dueBy(now - this.#warmBegin)
        : this.#warmups + this.#measuredAhead.dueBy(now - this.#begin);
    // The next one is due, whatever rounding says.
    return Math.max(1, this.#ownBelow(due));
  }

  /** When the first one that is not yet due at `now` will be; Infinity when there is none. */
  following(now: number): number {
    const index = this.#index + this.dueBy(now) * this.#slice.workers;
    return index < this.#warmups
      ? this.#warmBegin + this.#warmAhead.at(index)
      : this.#begin + this.#measuredAhead.at(index - this.#warmups);
  }

  #look(): void {
    const index = this.#index;
    this.counted = index >= this.#warmups;
    this.next = this.counted
      ? this.#begin + this.#measured.at(index - this.#warmups)
      : this.#warmBegin + this.#warm.at(index);
  }

  /** How many of this worker's arrivals from the next one on have an index below `index`. */
  #ownBelow(index: number): number {
    const { worker, workers } = this.#slice;
    return Math.max(0, dealt(index, worker, workers) - (this.#index - worker) / workers);
  }
}

import { type Curve, Integral } from './curve.ts';

/**
 * When the arrivals of one part of a run (its warm-up, or what is measured) are due. They are counted from 0, over all
 * workers; times are in ms since the part began. One instance is asked for ever later arrivals and times, never earlier ones.
 */
export interface Plan {
  /** Arrivals in all. May take a moment to find out. */
  readonly count: number;
  /** When the i-th is due; Infinity when there is none. */
  at(i: number): number;
  /** How many are due at or before a time. */
  dueBy(time: number): number;
  /** Which flow the i-th takes; -1: the next of the mix. */
  flow(i: number): number;
}

/** Arrivals as regular as the rate allows: the i-th is due when the integral of the rate reaches i. Nothing adds up, so nothing drifts. */
export class EvenPlan implements Plan {
  readonly count: number;
  readonly #integral: Integral;
  /** Milliseconds from one to the next when the rate does not vary, else NaN. */
  readonly #gap: number;

  /** `rate`: per second. */
  constructor(rate: Curve) {
    const [piece] = rate;
    this.#gap = piece && rate.length === 1 && piece.from === piece.to ? 1000 / piece.from : Number.NaN;
    this.#integral = new Integral(rate);
    this.count = Math.round(this.#integral.total);
  }

  at(i: number): number {
    if (i >= this.count) return Number.POSITIVE_INFINITY;
    return this.#gap > 0 ? i * this.#gap : this.#integral.when(i) * 1000;
  }

  dueBy(time: number): number {
    if (time < 0) return 0;
    const due = Math.min(this.count, Math.floor(this.#integral.until(time / 1000)) + 1);
    // While the rate is 0 the integral stands still at what the next arrival waits for; else it may be rounded by one.
    if (due > 0 && this.at(due - 1) > time) return due - 1;
    return this.at(due) <= time ? due + 1 : due;
  }

  flow(): number {
    return -1;
  }
}

import type { Trace } from '../../model/shape.ts';
import type { Plan } from './plan.ts';

/** Recorded arrivals between two moments of the replay, at their recorded distances divided by `speed`. */
export class TracePlan implements Plan {
  readonly count: number;
  readonly #trace: Trace;
  readonly #speed: number;
  readonly #begin: number;
  readonly #first: number;

  /** `begin`, `end`: seconds of the replay; those at `end` are left out. */
  constructor(trace: Trace, speed: number, begin: number, end: number) {
    this.#trace = trace;
    this.#speed = speed;
    this.#begin = begin;
    this.#first = firstAtOrAfter(trace.at, speed, begin);
    this.count = firstAtOrAfter(trace.at, speed, end) - this.#first;
  }

  at(i: number): number {
    if (i >= this.count) return Number.POSITIVE_INFINITY;
    return (this.#trace.at[this.#first + i]! / this.#speed - this.#begin) * 1000;
  }

  dueBy(time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  flow(i: number): number {
    return this.#trace.flow[this.#first + i] ?? -1;
  }
}

/** Index of the first arrival that the replay reaches at `seconds` or later. */
export function firstAtOrAfter(at: Float64Array, speed: number, seconds: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle]! / speed < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

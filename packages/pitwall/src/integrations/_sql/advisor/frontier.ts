import { nameOfSet } from './limits.ts';
import type { Solution } from './objective.ts';

/** Second-best sets worth measuring: the planner's order among close ones says little. */
const ALTERNATIVES = 6;

/** The best sets that are kept to choose the alternatives from: a search comes by tens of thousands. */
const KEPT = 48;

/** Sets whose seconds differ by less are one and the same to a planner's estimate. */
const ALIKE = 1e-9;

interface Point {
  readonly bytes: number;
  readonly change: number;
}

/** What the search came by: what the budget buys, and which sets come next. */
export class Frontier {
  /** Ascending bytes, descending change: nothing is both larger and no better than another. */
  #points: Point[] = [];
  #best: Solution[] = [];

  readonly visit = (solution: Solution): void => {
    this.#addPoint(solution);
    const { change } = solution;
    if (this.#best.length >= KEPT && change >= this.#best.at(-1)!.change) return;
    // Different sets of the same seconds are mostly one index in two orders, of which a plan uses one.
    if (this.#best.some((other) => Math.abs(other.change - change) <= ALIKE * Math.abs(change))) return;
    const at = this.#best.findIndex((other) => other.change > change);
    this.#best.splice(at < 0 ? this.#best.length : at, 0, solution);
    this.#best.length = Math.min(KEPT, this.#best.length);
  };

  /** Seconds by bytes, from no index on: each further point is larger and better. */
  sweep(before: number): readonly { readonly bytes: number; readonly seconds: number }[] {
    const better = this.#points.filter(({ change }) => change < -ALIKE * before);
    return [{ bytes: 0, seconds: before }, ...better.map(({ bytes, change }) => ({ bytes, seconds: before + change }))];
  }

  /** The best others than `chosen` that save anything, best first. */
  alternatives(chosen: Solution): readonly Solution[] {
    const name = nameOfSet(chosen.ids);
    return this.#best.filter(({ ids, change }) => change < 0 && nameOfSet(ids) !== name).slice(0, ALTERNATIVES);
  }

  #addPoint({ bytes, change }: Point): void {
    if (this.#points.some((point) => point.bytes <= bytes && point.change <= change * (1 - ALIKE))) return;
    this.#points = this.#points.filter((point) => point.bytes < bytes || point.change < change * (1 + ALIKE));
    const at = this.#points.findIndex((point) => point.bytes > bytes);
    this.#points.splice(at < 0 ? this.#points.length : at, 0, { bytes, change });
  }
}

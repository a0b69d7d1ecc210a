import type { Random } from '../../../stats/random.ts';

/**
 * Few of many, each with the same chance, without knowing how many there will be: algorithm R.
 * Source: J. S. Vitter, "Random Sampling with a Reservoir", ACM TOMS 11(1), 1985, https://doi.org/10.1145/3147.3165
 */
export class Reservoir<T> {
  readonly kept: T[] = [];
  readonly #size: number;
  readonly #random: Random;
  #seen = 0;

  constructor(size: number, random: Random) {
    this.#size = size;
    this.#random = random;
  }

  /** What had to go for it (itself, when it was not taken), null when there was room. */
  add(value: T): T | null {
    this.#seen++;
    if (this.kept.length < this.#size) {
      this.kept.push(value);
      return null;
    }
    const at = Math.floor(this.#random() * this.#seen);
    if (at >= this.#size) return value;
    const gone = this.kept[at]!;
    this.kept[at] = value;
    return gone;
  }
}

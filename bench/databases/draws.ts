import { type Random, seededRandom } from '../../packages/pitwall/src/stats/random.ts';

/** Draws of generators and of sampled values. */
export interface Draws {
  /** In [0, 1). */
  readonly random: Random;
  /** A whole number from `low` to `high`, both possible. */
  whole(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in that share of the draws. */
  chance(share: number): boolean;
}

export function draws(seed: number): Draws {
  const random = seededRandom(seed);
  const whole = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  return {
    random,
    whole,
    pick: (from) => from[whole(0, from.length - 1)]!,
    chance: (share) => random() < share,
  };
}

/**
 * Ranks 1 to `n`, rank k with probability in proportion to 1 / k^s (Zipf), by inverting a table of cumulative weights.
 */
export function zipf(n: number, s: number): (random: Random) => number {
  const cumulative = new Float64Array(n);
  let sum = 0;
  for (let k = 1; k <= n; k++) {
    sum += 1 / k ** s;
    cumulative[k - 1] = sum;
  }
  return (random) => {
    const wanted = random() * sum;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

const DAY = 86_400_000;

/** `YYYY-MM-DD`, so many days after another such date. */
export function day(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Some sets of values: `make` is called so often, with draws of its own. */
export function sets<T>(count: number, seed: number, make: (draw: Draws, i: number) => T): T[] {
  const draw = draws(seed);
  return Array.from({ length: count }, (_, i) => make(draw, i));
}

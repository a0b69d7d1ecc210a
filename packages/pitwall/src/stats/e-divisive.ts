import { type Random, seededRandom, shuffled } from './random.ts';

/** A place in a series from which on its values come from another distribution. */
export interface ChangePoint {
  /** Of the first value of the new distribution. */
  readonly index: number;
  /** Energy statistic of the two stretches around it when it was found: the scaled distance of their distributions. */
  readonly statistic: number;
  /** Share of permutations with a statistic at least as large, at least 1/(permutations + 1). */
  readonly pValue: number;
}

export interface EDivisiveOptions {
  /** A change point is believed below this p-value. Default 0.05, as in the paper. */
  readonly level?: number;
  /** Fewest values between two change points, ≥ 2. Default 3: one or two odd values make no level. */
  readonly minimumSegment?: number;
  /** Default 199: the fewest that tell 0.05 from its neighbours well (the p-value moves in steps of 0.005). */
  readonly permutations?: number;
  /** The same seed finds the same change points. Default 1. */
  readonly seed?: number;
}

/**
 * Where the distribution of a series changes, in whatever way: E-divisive. The split with the largest energy distance between
 * the stretch before and the stretch after is tested against permutations of the values within the segments found so far; while
 * it is significant, it becomes a border, and the next split is looked for. Ascending by index.
 *
 * In a series without a change, any is reported with a probability of at most `level`, whatever the distribution: all orders
 * are then equally likely. Values that resemble their neighbours break that, and a slow drift comes out as steps.
 *
 * Source: D. S. Matteson, N. A. James, "A nonparametric approach for multiple change point analysis of multivariate data",
 * Journal of the American Statistical Association 109 (2014), with α = 1; the energy distance is that of G. J. Székely,
 * M. L. Rizzo, "Energy statistics", Journal of Statistical Planning and Inference 143 (2013). Time and memory grow with the
 * square of the number of values: a thousand take a second or two.
 */
export function eDivisive(values: readonly number[], options: EDivisiveOptions = {}): ChangePoint[] {
  const { level = 0.05, minimumSegment = 3, permutations = 199, seed = 1 } = options;
  const fewest = Math.max(2, Math.floor(minimumSegment));
  const random = seededRandom(seed);
  const found: ChangePoint[] = [];
  let borders = [0, values.length];
  for (;;) {
    const best = largestSplit(segmentsOf(values, borders), fewest);
    if (best === null) return found.sort((a, b) => a.index - b.index);
    const pValue = permuted(values, borders, fewest, best.statistic, permutations, random);
    if (!(pValue < level)) return found.sort((a, b) => a.index - b.index);
    const index = borders[best.segment]! + best.split;
    found.push({ index, statistic: best.statistic, pValue });
    borders = [...borders, index].sort((a, b) => a - b);
  }
}

function segmentsOf(values: readonly number[], borders: readonly number[]): number[][] {
  return borders.slice(1).map((end, i) => values.slice(borders[i]!, end));
}

function permuted(
  values: readonly number[],
  borders: readonly number[],
  fewest: number,
  observed: number,
  permutations: number,
  random: Random,
): number {
  let atLeast = 0;
  for (let i = 0; i < permutations; i++) {
    const segments = segmentsOf(values, borders).map((segment) => shuffled(segment, random));
    const best = largestSplit(segments, fewest);
    // A hair less counts too: sums of the same numbers in another order differ in their last digits.
    if (best !== null && best.statistic >= observed * (1 - 1e-9)) atLeast++;
  }
  return (atLeast + 1) / (permutations + 1);
}

interface Split {
  readonly segment: number;
  readonly split: number;
  readonly statistic: number;
}

function largestSplit(segments: readonly (readonly number[])[], fewest: number): Split | null {
  let largest: Split | null = null;
  for (const [segment, values] of segments.entries()) {
    const best = bestSplit(values, fewest);
    if (best !== null && (largest === null || best.statistic > largest.statistic)) largest = { segment, ...best };
  }
  return largest;
}

/**
 * The split of one segment with the largest statistic. The stretch after it need not reach to the segment's end: so a bump in the
 * middle is seen whole. With the distances summed up over rectangles, each pair of split and end costs a few additions.
 */
function bestSplit(values: readonly number[], fewest: number): Omit<Split, 'segment'> | null {
  const n = values.length;
  if (n < 2 * fewest) return null;
  const width = n + 1;
  const sums = new Float64Array(width * width);
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) {
      row += Math.abs(values[i]! - values[j]!);
      sums[(i + 1) * width + j + 1] = sums[i * width + j + 1]! + row;
    }
  }
  let statistic = Number.NEGATIVE_INFINITY;
  let split = 0;
  for (let end = 2 * fewest; end <= n; end++) {
    const all = sums[end * width + end]!;
    for (let at = fewest; at <= end - fewest; at++) {
      const left = sums[at * width + at]!;
      const across = sums[at * width + end]! - left;
      // Each rectangle counts every pair twice.
      const right = all - left - 2 * across;
      const after = end - at;
      const distance = (2 * across) / (at * after) - left / (at * (at - 1)) - right / (after * (after - 1));
      const scaled = ((at * after) / end) * distance;
      if (scaled > statistic) {
        statistic = scaled;
        split = at;
      }
    }
  }
  return { split, statistic };
}

import { type Random, shuffled } from './random.ts';

/** A measurement of several numbers. */
export type Vector = readonly number[];

/** More arrangements than this are drawn from instead of counted. */
const MOST_COUNTED = 1000;
const DRAWS = 999;

/**
 * Two-sided p-value that two groups of vectors come from one distribution: the energy distance of the groups against that of
 * all ways to divide the pooled blocks into groups of these sizes (or of 999 random ones, where there are more than 1000).
 *
 * Each group is a list of blocks of vectors, and blocks are kept whole: they stand for what is exchangeable, while the vectors in
 * one may resemble each other. The smallest p-value is 2 / C(n + m, n) for equal numbers of blocks: 0.008 for five and five.
 *
 * Source: G. J. Székely, M. L. Rizzo, "Testing for equal distributions in high dimension", InterStat 5 (2004); counting the
 * observed division too: B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", Statistical Applications in
 * Genetics and Molecular Biology 9 (2010).
 */
export function energyTest(
  a: readonly (readonly Vector[])[],
  b: readonly (readonly Vector[])[],
  random: Random,
): number {
  const blocks = [...a, ...b];
  const vectors = blocks.flat();
  const owner = blocks.flatMap((block, i) => block.map(() => i));
  const distances = blockDistances(vectors, owner, blocks.length);
  const sizes = blocks.map(({ length }) => length);
  const statistic = (first: readonly number[]) => energy(distances, sizes, first);
  const observed = statistic(a.map((_, i) => i));
  const ways = choose(blocks.length, a.length);
  const divisions =
    ways <= MOST_COUNTED
      ? combinations(blocks.length, a.length)
      : Array.from({ length: DRAWS }, () =>
          shuffled(
            blocks.map((_, i) => i),
            random,
          ).slice(0, a.length),
        );
  // A hair less counts too: sums of the same numbers in another order differ in their last digits.
  const atLeast = divisions.filter((first) => statistic(first) >= observed - 1e-9 * Math.abs(observed)).length;
  return ways <= MOST_COUNTED ? atLeast / ways : (atLeast + 1) / (DRAWS + 1);
}

/** Sums of the distances between the vectors of each pair of blocks. */
function blockDistances(vectors: readonly Vector[], owner: readonly number[], blocks: number): Float64Array[] {
  const sums = Array.from({ length: blocks }, () => new Float64Array(blocks));
  for (const [i, x] of vectors.entries()) {
    for (const [j, y] of vectors.entries()) {
      let square = 0;
      for (const [k, value] of x.entries()) square += (value - y[k]!) ** 2;
      sums[owner[i]!]![owner[j]!]! += Math.sqrt(square);
    }
  }
  return sums;
}

/** (2E|X − Y| − E|X − X′| − E|Y − Y′|) · nm/(n + m), in its V-statistic form, which is never negative. */
function energy(distances: readonly Float64Array[], sizes: readonly number[], first: readonly number[]): number {
  const inFirst = new Set(first);
  let [within1, within2, across, n, m] = [0, 0, 0, 0, 0];
  for (const [i, row] of distances.entries()) {
    if (inFirst.has(i)) n += sizes[i]!;
    else m += sizes[i]!;
    for (const [j, distance] of row.entries()) {
      if (inFirst.has(i) !== inFirst.has(j)) across += distance;
      else if (inFirst.has(i)) within1 += distance;
      else within2 += distance;
    }
  }
  // `across` holds both directions.
  return ((n * m) / (n + m)) * (across / (n * m) - within1 / n ** 2 - within2 / m ** 2);
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return Math.round(ways);
}

/** All ways to take k of the numbers 0 … n − 1. */
function combinations(n: number, k: number): number[][] {
  const result: number[][] = [];
  const extend = (chosen: readonly number[], from: number): void => {
    if (chosen.length === k) result.push([...chosen]);
    else for (let i = from; i <= n - (k - chosen.length); i++) extend([...chosen, i], i + 1);
  };
  extend([], 0);
  return result;
}

/**
 * Exact rank tests for a handful of values: no assumption on the shape of the noise, and a wild value counts no more than
 * its rank. Ties get mean ranks, and the p-value is then exact given those ranks (all assignments are counted).
 * Sources: F. Wilcoxon, Biometrics Bulletin 1 (1945); H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18
 * (1947); counting by the recursion over ranks: M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, §3.1, §4.1.
 */

/** Twice the rank of each value (whole numbers also with ties). */
function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/**
 * How many of the subsets of `ranks` with `size` members (any size when null) have each sum. Relative frequencies, so that
 * nothing overflows.
 */
function sumFrequencies(ranks: readonly number[], size: number | null): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const rows = size ?? 0;
  const counts = Array.from({ length: rows + 1 }, () => new Float64Array(total + 1));
  counts[0]![0] = 1;
  for (const rank of ranks) {
    if (size === null) {
      const row = counts[0]!;
      for (let sum = total; sum >= rank; sum--) row[sum]! += row[sum - rank]!;
    } else {
      for (let k = rows; k >= 1; k--) {
        const from = counts[k - 1]!;
        const to = counts[k]!;
        for (let sum = total; sum >= rank; sum--) to[sum]! += from[sum - rank]!;
      }
    }
  }
  const last = counts[rows]!;
  const all = last.reduce((sum, count) => sum + count, 0);
  return last.map((count) => count / all);
}

/** Probability of a sum at least as far from its expectation (total × share) as `observed`. */
function twoSided(frequencies: Float64Array, observed: number, expected: number): number {
  let probability = 0;
  for (let sum = 0; sum < frequencies.length; sum++) {
    if (Math.abs(sum - expected) >= Math.abs(observed - expected) - 1e-9) probability += frequencies[sum]!;
  }
  return Math.min(1, probability);
}

/** Two-sided exact p-value that both groups come from one distribution. For up to about 60 values in all. */
export function mannWhitney(before: readonly number[], after: readonly number[]): number {
  const ranks = doubledRanks([...before, ...after]);
  const observed = ranks.slice(before.length).reduce((sum, rank) => sum + rank, 0);
  const expected = after.length * (before.length + after.length + 1);
  return twoSided(sumFrequencies(ranks, after.length), observed, expected);
}

/**
 * Two-sided exact p-value that differences are symmetric around 0: the signed-rank test, that is, the test over all 2ⁿ ways
 * to flip the signs of the ranked differences. Zeros are left out (Wilcoxon). For up to about 60 differences.
 */
export function signedRank(differences: readonly number[]): number {
  const nonZero = differences.filter((difference) => difference !== 0);
  if (nonZero.length === 0) return 1;
  const ranks = doubledRanks(nonZero.map(Math.abs));
  const observed = ranks.reduce((sum, rank, i) => (nonZero[i]! > 0 ? sum + rank : sum), 0);
  const expected = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  return twoSided(sumFrequencies(ranks, null), observed, expected);
}

/** Smallest p-value that `mannWhitney` can give for groups of these sizes. */
export function smallestMannWhitney(before: number, after: number): number {
  let ways = 1;
  for (let i = 1; i <= after; i++) ways = (ways * (before + i)) / i;
  return Math.min(1, 2 / ways);
}

/** Smallest p-value that `signedRank` can give for so many differences. */
export function smallestSignedRank(differences: number): number {
  return Math.min(1, 2 ** (1 - differences));
}

/**
 * How many of the smallest (and largest) pairwise differences, or Walsh averages, lie outside the rank test's interval of
 * `level`; −1 when so few values cannot give that level. Sizes as for the tests; `after` null: the signed-rank test.
 */
export function outsideInterval(before: number, after: number | null, level: number): number {
  const values = Array.from({ length: before + (after ?? 0) }, (_, i) => i + 1);
  const frequencies = sumFrequencies(values, after);
  const smallest = after === null ? 0 : (after * (after + 1)) / 2;
  let probability = 0;
  let outside = -1;
  for (let k = 0; smallest + k < frequencies.length; k++) {
    probability += 2 * frequencies[smallest + k]!;
    if (probability > 1 - level + 1e-12) break;
    outside = k;
  }
  return outside;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { mannWhitney, outsideInterval, signedRank, smallestMannWhitney, smallestSignedRank } from './rank-tests.ts';

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12, `${actual} against ${expected}`);
}

/** Mean ranks, the slow and obvious way. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/** Share of all assignments whose statistic is at least as extreme: 2ⁿ masks, each a group or a sign. */
function enumerate(ranks: readonly number[], observed: number, expected: number, size: number | null): number {
  let all = 0;
  let extreme = 0;
  for (let mask = 0; mask < 2 ** ranks.length; mask++) {
    const chosen = ranks.filter((_, i) => mask & (1 << i));
    if (size !== null && chosen.length !== size) continue;
    all++;
    const sum = chosen.reduce((total, rank) => total + rank, 0);
    if (Math.abs(sum - expected) >= Math.abs(observed - expected) - 1e-9) extreme++;
  }
  return extreme / all;
}

test('Mann–Whitney on the permeability data of Hollander & Wolfe (R: W = 35, p = 0.2544)', () => {
  const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const early = [1.15, 0.88, 0.9, 0.74, 1.21];
  close(mannWhitney(term, early), 0.2544122544122544);
});

test('signed ranks on the depression data of Hollander & Wolfe (R: V = 40, p = 0.03906)', () => {
  const first = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  close(signedRank(second.map((value, i) => value - first[i]!)), 0.0390625);
});

test('both equal full enumeration, also with ties and unequal groups', () => {
  const random = seededRandom(3);
  for (let round = 0; round < 40; round++) {
    const draw = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 7) - 3);
    const [before, after] = [draw(3 + (round % 4)), draw(4 + (round % 3))];
    const ranks = ranksOf([...before, ...after]);
    const observed = ranks.slice(before.length).reduce((sum, rank) => sum + rank, 0);
    const expected = (after.length * (before.length + after.length + 1)) / 2;
    close(mannWhitney(before, after), enumerate(ranks, observed, expected, after.length));

    const differences = draw(9).filter((value) => value !== 0);
    if (differences.length === 0) continue;
    const absolute = ranksOf(differences.map(Math.abs));
    const positive = absolute.reduce((sum, rank, i) => (differences[i]! > 0 ? sum + rank : sum), 0);
    const half = absolute.reduce((sum, rank) => sum + rank, 0) / 2;
    close(signedRank(differences), enumerate(absolute, positive, half, null));
  }
});

test('full separation gives the smallest p-value there is', () => {
  close(mannWhitney([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]), 2 / 924);
  close(smallestMannWhitney(6, 6), 2 / 924);
  close(signedRank([1, 2, 3, 4, 5, 6]), 2 / 64);
  close(smallestSignedRank(6), 2 / 64);
  assert.equal(signedRank([0, 0, 0]), 1);
  assert.equal(mannWhitney([1, 1, 1], [1, 1, 1]), 1);
});

test('interval depths agree with the published tables of critical values', () => {
  // Hollander & Wolfe, table A.4/A.6: two-sided 5 %, lower critical value of W⁺ is 3 for n = 8, of U is 5 for 6 and 6.
  assert.equal(outsideInterval(8, null, 0.95), 3);
  assert.equal(outsideInterval(6, 6, 0.95), 5);
  assert.equal(outsideInterval(5, 5, 0.95), 2);
  assert.equal(outsideInterval(5, null, 0.95), -1, 'five pairs cannot give 95 %');
  assert.equal(outsideInterval(3, 3, 0.95), -1);
});

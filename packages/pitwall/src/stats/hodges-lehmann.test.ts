import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centre, centreInterval, shift, shiftInterval } from './hodges-lehmann.ts';
import { mannWhitney, signedRank } from './rank-tests.ts';

const TERM = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const EARLY = [1.15, 0.88, 0.9, 0.74, 1.21];
const FIRST = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const SECOND = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9, `${actual} against ${expected}`);
}

test('the examples of Hollander & Wolfe: −0.305 and −0.46', () => {
  close(shift(TERM, EARLY), -0.305);
  close(centre(SECOND.map((value, i) => value - FIRST[i]!)), -0.46);
  assert.ok(Number.isNaN(shift([], [1])));
  assert.ok(Number.isNaN(centre([])));
});

test('an interval holds exactly the shifts that the rank test does not reject', () => {
  const [low, high] = shiftInterval(TERM, EARLY, 0.95)!;
  const p = (by: number) =>
    mannWhitney(
      TERM,
      EARLY.map((value) => value - by),
    );
  assert.ok(p(low + 1e-6) > 0.05 && p(high - 1e-6) > 0.05);
  assert.ok(p(low - 1e-6) <= 0.05 && p(high + 1e-6) <= 0.05);

  const differences = SECOND.map((value, i) => value - FIRST[i]!);
  const [from, to] = centreInterval(differences, 0.95)!;
  const q = (by: number) => signedRank(differences.map((value) => value - by));
  assert.ok(q(from + 1e-6) > 0.05 && q(to - 1e-6) > 0.05);
  assert.ok(q(from - 1e-6) <= 0.05 && q(to + 1e-6) <= 0.05);
});

test('one wild value hardly moves the estimate', () => {
  const calm = shift([10, 11, 12, 13, 14, 15], [20, 21, 22, 23, 24, 25]);
  const wild = shift([10, 11, 12, 13, 14, 15], [20, 21, 22, 23, 24, 2500]);
  assert.equal(calm, 10);
  assert.ok(Math.abs(wild - calm) <= 1);
});

test('too few values for the level: no interval rather than a wrong one', () => {
  assert.equal(shiftInterval([1, 2, 3], [4, 5, 6], 0.95), null);
  assert.equal(centreInterval([1, 2, 3, 4, 5], 0.95), null);
});

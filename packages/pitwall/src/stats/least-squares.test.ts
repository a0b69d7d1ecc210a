import assert from 'node:assert/strict';
import { it } from 'node:test';
import { damped, normalEquations, solve } from './least-squares.ts';

it('solves equations whose unknowns differ by ten orders of magnitude, and says when there is no one answer', () => {
  const answer = solve(
    [
      [4e10, 1e5, 3],
      [1e5, 2, 1e-5],
      [3, 1e-5, 7e-10],
    ],
    [4e10 + 3e5 + 6e10, 1e5 + 6 + 2e5, 3 + 3e-5 + 14],
  )!;
  for (const [i, expected] of [1, 3, 2e10].entries())
    assert.ok(Math.abs(answer[i]! / expected - 1) < 1e-6, `${answer}`);
  assert.equal(
    solve(
      [
        [1, 2],
        [2, 4],
      ],
      [1, 2],
    ),
    null,
  );
});

it('a line through points is the one of the normal equations', () => {
  const data = [1, 2, 4, 7].map((x) => [x, 3 - 0.5 * x + (x % 2 ? 0.2 : -0.1)] as const);
  const rows = (parameters: readonly number[]) =>
    data.map(([x, y]) => ({ residual: y - parameters[0]! - parameters[1]! * x, gradient: [1, x] }));
  const { matrix, vector } = normalEquations(rows([0, 0]));
  const expected = solve(matrix, vector)!;
  const fitted = damped([0, 0], rows);
  for (const i of [0, 1]) assert.ok(Math.abs(fitted[i]! - expected[i]!) < 1e-9);
});

it('finds a decay from a poor start, and returns its start where nothing helps', () => {
  const data = [0, 1, 2, 3, 5, 8].map((x) => [x, 5 * Math.exp(-0.3 * x)] as const);
  const [height, rate] = damped([1, 1], ([a, b]) =>
    data.map(([x, y]) => ({
      residual: y - a! * Math.exp(-b! * x),
      gradient: [Math.exp(-b! * x), -a! * x * Math.exp(-b! * x)],
    })),
  );
  assert.ok(Math.abs(height! - 5) < 1e-6 && Math.abs(rate! - 0.3) < 1e-6, `${height} ${rate}`);
  assert.deepEqual(
    damped([2], () => [{ residual: Number.NaN, gradient: [1] }]),
    [2],
  );
});

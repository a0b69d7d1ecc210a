import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedTrend } from './trend.ts';

const line = (from: number, count: number, value: (t: number) => number) =>
  Array.from({ length: count }, (_, i) => [from + i, value(from + i)] as const);

test('tells a step from the drift that runs through both arms', () => {
  const wobble = (t: number) => (t % 2 === 0 ? 0.01 : -0.01);
  const drift = sharedTrend(
    line(0, 6, (t) => 0.5 * t + wobble(t)),
    line(6, 6, (t) => 0.5 * t + wobble(t)),
  )!;
  assert.ok(Math.abs(drift.slope - 0.5) < 0.01 && drift.slopePValue < 1e-9);
  assert.ok(Math.abs(drift.step.value) < 0.03, `${drift.step.value}`);
  const step = sharedTrend(
    line(0, 6, (t) => wobble(t)),
    line(6, 6, (t) => 2 + wobble(t)),
  )!;
  assert.ok(step.slopePValue > 0.2, `${step.slopePValue}`);
  assert.ok(Math.abs(step.step.value - 2) < 0.03);
});

test('agrees with least squares by the normal equations', () => {
  const before = [
    [0, 1.2],
    [1, 0.7],
    [2, 1.9],
    [4, 1.4],
  ] as const;
  const after = [
    [5, 3.1],
    [6, 2.2],
    [8, 3.9],
  ] as const;
  const rows = [...before.map(([t, v]) => [1, 0, t, v]), ...after.map(([t, v]) => [1, 1, t, v])];
  // Solve (XᵀX) b = Xᵀy for intercept, step, slope by elimination.
  const matrix = [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)));
  for (let pivot = 0; pivot < 3; pivot++) {
    for (let r = 0; r < 3; r++) {
      if (r === pivot) continue;
      const factor = matrix[r]![pivot]! / matrix[pivot]![pivot]!;
      for (let c = 0; c < 4; c++) matrix[r]![c]! -= factor * matrix[pivot]![c]!;
    }
  }
  const result = sharedTrend(before, after)!;
  assert.ok(Math.abs(result.step.value - matrix[1]![3]! / matrix[1]![1]!) < 1e-12);
  assert.ok(Math.abs(result.slope - matrix[2]![3]! / matrix[2]![2]!) < 1e-12);
  assert.equal(result.step.df, 4);
});

test('too few points, or no time between them: no answer', () => {
  assert.equal(
    sharedTrend(
      line(0, 2, () => 1),
      line(2, 2, () => 1),
    ),
    null,
  );
  assert.equal(
    sharedTrend(
      [
        [0, 1],
        [0, 2],
        [0, 1],
      ],
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    ),
    null,
  );
});

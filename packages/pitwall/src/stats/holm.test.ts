import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holm } from './holm.ts';

test('as R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")', () => {
  const adjusted = holm([0.01, 0.02, 0.03, 0.04, 0.05]);
  for (const [i, expected] of [0.05, 0.08, 0.09, 0.09, 0.09].entries()) {
    assert.ok(Math.abs(adjusted[i]! - expected) < 1e-12, `${adjusted}`);
  }
});

test('order is kept, 1 is the ceiling, NaN is not counted as a test', () => {
  const adjusted = holm([0.9, Number.NaN, 0.01, 0.6]);
  assert.ok(Math.abs(adjusted[2]! - 0.03) < 1e-12);
  assert.deepEqual([adjusted[0], adjusted[1], adjusted[3]], [1, Number.NaN, 1]);
  assert.deepEqual(holm([]), []);
  assert.deepEqual(holm([0.04]), [0.04]);
});

test('weights: each test has its share; equal ones change nothing', () => {
  // Worked out by hand. Total 4: 0.02 · 4/3, then of what is left 0.01 · 1/1.
  const adjusted = holm([0.02, 0.01], [3, 1]);
  assert.ok(Math.abs(adjusted[0]! - 0.08 / 3) < 1e-12 && Math.abs(adjusted[1]! - 0.08 / 3) < 1e-12, `${adjusted}`);
  assert.deepEqual(holm([0.01, 0.2, Number.NaN], [1, 9, 100]), [0.1, 0.2, Number.NaN]);
  assert.deepEqual(holm([0.01, 0.02, 0.03], [2, 2, 2]), holm([0.01, 0.02, 0.03]));
});

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

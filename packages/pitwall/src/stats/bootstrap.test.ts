import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapQuantile } from './bootstrap.ts';
import { mean } from './quantile.ts';
import { seededRandom } from './random.ts';

test('approaches the exact distribution of all resamples', () => {
  const values = [1, 2, 4, 9];
  const exact: number[] = [];
  for (const a of values) for (const b of values) for (const c of values) exact.push((a + b + c) / 3);
  exact.sort((a, b) => a - b);
  const found = bootstrapQuantile(values, (draw) => mean(draw(3)), 0.9, 20_000, seededRandom(1));
  const below = exact.filter((value) => value < found - 1e-9).length / exact.length;
  const upTo = exact.filter((value) => value <= found + 1e-9).length / exact.length;
  assert.ok(below <= 0.905 && upTo >= 0.895, `${found} lies between ${below} and ${upTo}`);
});

test('the same seed gives the same answer; nothing to draw from gives NaN', () => {
  const run = () => bootstrapQuantile([3, 5, 8], (draw) => mean(draw(2)), 0.5, 99, seededRandom(9));
  assert.equal(run(), run());
  assert.ok(Number.isNaN(bootstrapQuantile([], () => 0, 0.5, 10, seededRandom(9))));
});

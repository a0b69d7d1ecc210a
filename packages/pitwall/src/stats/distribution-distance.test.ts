import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeDistance } from './distribution-distance.ts';
import { Histogram } from './histogram.ts';

/** Seconds, recorded as the load engine does. */
function recorded(values: readonly number[]) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value * 1e9);
  return histogram.toDistribution();
}

const spread = (count: number, of: (share: number) => number) =>
  Array.from({ length: count }, (_, i) => of((i + 0.5) / count));

test('slower as a whole is the same shape', () => {
  const base = spread(5000, (p) => 0.01 * (1 + p));
  const slower = base.map((value) => 1.37 * value);
  assert.ok(shapeDistance(recorded(base), recorded(slower))! < 0.001);
  assert.equal(shapeDistance(recorded(base), recorded(base)), 0);
});

test('the share that went elsewhere is what it says, with the same median', () => {
  const base = spread(1000, (p) => 0.01 * (1 + 0.001 * p));
  const split = base.map((value, i) => (i >= 880 ? 3 * value : value));
  assert.ok(Math.abs(shapeDistance(recorded(base), recorded(split))! - 0.12) < 0.002);
  assert.ok(Math.abs(shapeDistance(recorded(split), recorded(base))! - 0.12) < 0.002, 'either way round');
  const bimodal = base.map((value, i) => (i % 2 === 0 ? 0.5 * value : 1.5 * value));
  assert.ok(shapeDistance(recorded(base), recorded(bimodal))! > 0.45);
});

test('differences of less than one per cent of the time are none', () => {
  const narrow = spread(1000, () => 0.01);
  const jitter = spread(1000, (p) => 0.01 * (1 + 0.004 * (p - 0.5)));
  assert.equal(shapeDistance(recorded(narrow), recorded(jitter)), 0);
});

test('nothing to compare: null', () => {
  assert.equal(shapeDistance(recorded([]), recorded([1])), null);
  assert.equal(shapeDistance(recorded([1]), { count: 5, sum: 5, min: 1, max: 1 }), null);
});

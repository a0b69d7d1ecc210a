import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import { deriveStatistic } from './series.ts';

const at = (value: Sample['value'], time = 0): Sample => ({ name: 's', labels: {}, at: time, value });

test('plain numbers: each statistic', () => {
  const samples = [at(3, 2), at(1, 9), at(8, 5)];
  const value = (statistic: Parameters<typeof deriveStatistic>[1]) => deriveStatistic(samples, statistic).value;
  assert.deepEqual(
    (['last', 'mean', 'min', 'max', 'sum', 'count', 'p50', 'p99'] as const).map(value),
    [1, 4, 1, 8, 12, 3, 3, 8],
  );
  assert.equal(deriveStatistic([at(0.2)], 'p95').value, 0.2, 'one number is its own percentile');
});

test('distributions are merged, not averaged', () => {
  const fast = new Histogram();
  const slow = new Histogram();
  for (let i = 0; i < 990; i++) fast.record(1e6);
  for (let i = 0; i < 10; i++) slow.record(100e6);
  const samples = [at(fast.toDistribution(), 1), at(slow.toDistribution(), 2)];
  const p50 = deriveStatistic(samples, 'p50');
  assert.equal(p50.count, 1000);
  assert.ok(Math.abs(p50.value! - 0.001) < 1e-6, `${p50.value}`);
  assert.ok(Math.abs(deriveStatistic(samples, 'p99').value! - 0.001) < 1e-6);
  assert.ok(Math.abs(deriveStatistic(samples, 'p999').value! - 0.1) < 1e-4);
  assert.ok(Math.abs(deriveStatistic(samples, 'mean').value! - (990 * 0.001 + 10 * 0.1) / 1000) < 1e-9);
  assert.equal(deriveStatistic(samples, 'max').value, 0.1);
  assert.equal(deriveStatistic(samples, 'min').value, 0.001);
  assert.ok(Math.abs(deriveStatistic(samples, 'last').value! - 0.1) < 1e-9);
});

test('numbers and distributions of one series count together', () => {
  const histogram = new Histogram();
  histogram.record(2e9);
  const mixed = deriveStatistic([at(histogram.toDistribution()), at(1), at(3)], 'p50');
  assert.equal(mixed.count, 3);
  assert.ok(Math.abs(mixed.value! - 2) < 0.002, `${mixed.value}`);
});

test('what cannot be derived is null with the reason, never zero', () => {
  const empty = { count: 0, sum: 0, min: 0, max: 0 };
  assert.equal(deriveStatistic([at(empty)], 'mean').value, null);
  assert.match(deriveStatistic([at(empty)], 'mean').because ?? '', /nothing was measured/);
  assert.equal(deriveStatistic([at(Number.NaN)], 'max').value, null);
  const sums = deriveStatistic([at({ count: 5, sum: 10, min: 1, max: 4 })], 'p95');
  assert.equal(sums.value, null);
  assert.match(sums.because ?? '', /only sums/);
  assert.equal(deriveStatistic([at({ count: 5, sum: 10, min: 1, max: 4 })], 'mean').value, 2);
  assert.equal(deriveStatistic([at(empty)], 'count').value, 0, 'a count of nothing is 0');
});

test('a hundred thousand samples are no problem', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => at(i));
  assert.equal(deriveStatistic(many, 'max').value, 199_999);
});

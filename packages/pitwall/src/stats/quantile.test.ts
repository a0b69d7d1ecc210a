import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mean, median, nearestRank, quantile, variance } from './quantile.ts';

test('type 7 as in R and NumPy', () => {
  const values = [9, 2, 4, 12, 5, 4];
  // numpy.quantile([2, 4, 4, 5, 9, 12], [0.1, 0.25, 0.9])
  assert.equal(quantile(values, 0.1), 3);
  assert.equal(quantile(values, 0.25), 4);
  assert.equal(quantile(values, 0.9), 10.5);
  assert.equal(quantile(values, 0), 2);
  assert.equal(quantile(values, 1), 12);
  assert.equal(median(values), 4.5);
  assert.equal(median([3]), 3);
  assert.ok(Number.isNaN(median([])));
  assert.deepEqual(values, [9, 2, 4, 12, 5, 4], 'the input is left as it was');
});

test('mean and sample variance; too few values give NaN, not 0', () => {
  assert.equal(mean([1, 2, 6]), 3);
  assert.equal(variance([1, 2, 6]), 7);
  assert.ok(Number.isNaN(variance([4])));
  assert.ok(Number.isNaN(mean([])));
});

test('nearest rank gives a value that was seen', () => {
  // The worked example of the definition: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
  const values = [20, 15, 50, 35, 40];
  assert.deepEqual(
    [5, 30, 40, 50, 100].map((p) => nearestRank(values, p)),
    [15, 20, 20, 35, 50],
  );
  assert.ok(Number.isNaN(nearestRank([], 50)));
});

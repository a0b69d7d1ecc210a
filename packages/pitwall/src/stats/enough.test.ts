import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fewestFor, fewestNamed, knownOf, probabilityOf } from './enough.ts';
import { Histogram } from './histogram.ts';

test('a percentile needs as many measurements that one lies above it', () => {
  assert.deepEqual([0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999].map(fewestFor), [1, 2, 10, 20, 100, 1000, 10_000]);
  assert.deepEqual(
    ['p50', 'load.response.duration.p99', 'a.p9999', 'mean', 'max', 'load.error.ratio', 'p1', 'constructor'].map(
      fewestNamed,
    ),
    [2, 100, 10_000, 1, 1, 1, 1, 1],
  );
  assert.equal(probabilityOf('load.service.duration.p999'), 0.999);
  assert.equal(probabilityOf('load.requests.rate'), null);
});

test('with one measurement fewer it is the maximum under another name', () => {
  for (const probability of [0.5, 0.9, 0.95, 0.99, 0.999]) {
    const of = (count: number): Histogram => {
      const histogram = new Histogram();
      for (let i = 1; i <= count; i++) histogram.record(i);
      return histogram;
    };
    const fewest = fewestFor(probability);
    assert.ok(of(fewest).percentile(100 * probability) < fewest, `p${100 * probability}`);
    assert.equal(of(fewest - 1).percentile(100 * probability), fewest - 1);
  }
});

test('a summary keeps what its count can bear', () => {
  const summary = { p50: 1, p90: 2, p95: 3, p99: 4, p999: 5, p9999: 6, max: 7, mean: 2 };
  assert.deepEqual(knownOf(summary, 99), { ...summary, p99: Number.NaN, p999: Number.NaN, p9999: Number.NaN });
  assert.deepEqual(knownOf(summary, 10_000), summary);
  assert.deepEqual(knownOf({ p50: 1, max: 1 }, 1), { p50: Number.NaN, max: 1 });
  assert.deepEqual(Object.values(knownOf(summary, 0)), Array(8).fill(Number.NaN));
  // Earlier reports do not say how many there were.
  assert.ok(Number.isNaN(knownOf(summary, Number.NaN).p50));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from './histogram.ts';

/** Deterministic pseudo-random numbers in (0, 1), Park–Miller. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

test('percentiles are within 0.1 % of the exact ones over seven decades', () => {
  const random = randoms(7);
  const histogram = new Histogram();
  const values: number[] = [];
  for (let i = 0; i < 50_000; i++) {
    const value = Math.round(10 ** (2 + random() * 9));
    values.push(value);
    histogram.record(value);
  }
  values.sort((a, b) => a - b);
  for (const p of [1, 25, 50, 90, 99, 99.9, 99.99, 100]) {
    const exact = values[Math.max(0, Math.ceil((p / 100) * values.length) - 1)]!;
    const error = Math.abs(histogram.percentile(p) - exact) / exact;
    assert.ok(error <= 0.001, `p${p}: ${histogram.percentile(p)} against ${exact}`);
  }
  assert.equal(histogram.count, 50_000);
  assert.equal(histogram.percentile(100), histogram.max);
});

test('merging halves equals recording everything once, bucket for bucket', () => {
  const random = randoms(11);
  const whole = new Histogram();
  const halves = [new Histogram(), new Histogram()];
  for (let i = 0; i < 10_000; i++) {
    const value = Math.round(random() * 1e9);
    whole.record(value);
    halves[i % 2]!.record(value);
  }
  halves[0]!.merge(halves[1]!);
  assert.deepEqual(halves[0]!.snapshot(), whole.snapshot());
  const stored = Histogram.fromDistributions([JSON.parse(JSON.stringify(whole.toDistribution()))]);
  assert.deepEqual(stored.snapshot(), whole.snapshot());
  assert.equal(stored.percentile(99), whole.percentile(99));
  assert.equal(stored.max, whole.max);
});

test('values out of range are clamped, never dropped; an empty histogram has no percentile', () => {
  const histogram = new Histogram();
  assert.ok(Number.isNaN(histogram.percentile(50)));
  histogram.record(-5);
  histogram.record(2 ** 50);
  histogram.record(0.4);
  assert.equal(histogram.count, 3);
  assert.equal(histogram.min, 0);
  assert.equal(histogram.max, 2 ** 42 - 1);
  histogram.reset();
  assert.deepEqual(histogram.toDistribution(), { count: 0, sum: 0, min: 0, max: 0 });
});

test('neighbouring bucket borders are monotonic around every power of two', () => {
  for (let e = 10; e < 42; e++) {
    for (const value of [2 ** e - 1, 2 ** e, 2 ** e + 1]) {
      const histogram = new Histogram();
      histogram.record(value);
      histogram.record(2 ** 42 - 1);
      const read = histogram.percentile(50);
      assert.ok(read >= value && read - value <= value / 1000, `${value} read as ${read}`);
    }
  }
});

test('a percentile that falls on a rank takes that rank, whatever binary fractions make of it', () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value);
  for (const percent of [0.1, 1, 29, 50, 57, 90, 99, 99.9]) {
    assert.equal(histogram.percentile(percent), Math.round(percent * 10), `p${percent}`);
  }
  assert.equal(histogram.percentile(99.91), 1000);
});

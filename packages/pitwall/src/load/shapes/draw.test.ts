import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../stats/random.ts';
import { exponential, normal, poissonCount, STREAM, stream } from './draw.ts';

const N = 100_000;

function moments(draw: () => number): { mean: number; variance: number; skewness: number } {
  const values = Array.from({ length: N }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / N;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N;
  return {
    mean,
    variance,
    skewness: values.reduce((sum, value) => sum + (value - mean) ** 3, 0) / N / variance ** 1.5,
  };
}

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} instead of ${expected}`);

test('exponential and normal have their moments', () => {
  const random = seededRandom(1);
  const e = moments(() => exponential(random));
  near(e.mean, 1, 0.02);
  near(e.variance, 1, 0.04);
  near(e.skewness, 2, 0.15);
  const n = moments(() => normal(random));
  near(n.mean, 0, 0.02);
  near(n.variance, 1, 0.03);
  near(n.skewness, 0, 0.03);
});

test('Poisson counts follow their distribution (χ²)', () => {
  for (const mean of [10, 60, 4096]) {
    const random = seededRandom(17);
    const spread = 4 * Math.sqrt(mean);
    const low = Math.max(0, Math.floor(mean - spread));
    const high = Math.ceil(mean + spread);
    const width = Math.ceil((high - low) / 20);
    const bins = Math.ceil((high - low) / width);
    const binOf = (k: number): number => Math.max(0, Math.min(bins - 1, Math.floor((k - low) / width)));
    const expected = new Float64Array(bins);
    let logP = -mean;
    for (let k = 0; k < mean * 3 + 100; k++) {
      if (k > 0) logP += Math.log(mean / k);
      expected[binOf(k)]! += N * Math.exp(logP);
    }
    const seen = new Float64Array(bins);
    for (let i = 0; i < N; i++) seen[binOf(poissonCount(mean, random))]!++;
    const chi2 = expected.reduce((sum, e, i) => sum + (seen[i]! - e) ** 2 / e, 0);
    // About bins ± √(2·bins); this is far in the tail.
    assert.ok(chi2 < bins + 4 * Math.sqrt(2 * bins), `χ² = ${chi2} of ${bins} bins, mean ${mean}`);
  }
});

test('streams repeat, and those of neighbouring seeds, purposes and indices have nothing in common', () => {
  const first = (seed: number, purpose: number, index: number): number[] => {
    const random = stream(seed, purpose, index);
    return Array.from({ length: 20 }, random);
  };
  assert.deepEqual(first(5, STREAM.think, 3), first(5, STREAM.think, 3));
  const seen = new Set<number>();
  for (let seed = 0; seed < 10; seed++) {
    for (const purpose of Object.values(STREAM)) {
      for (let index = 0; index < 10; index++) for (const value of first(seed, purpose, index)) seen.add(value);
    }
  }
  // 6,000 draws out of 2^32 values: two may meet by chance.
  assert.ok(seen.size > 5990, `${seen.size}`);
});

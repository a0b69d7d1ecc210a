import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ThinkTime } from '../../model/scenario.ts';
import { seededRandom } from '../../stats/random.ts';
import { thinkSampler } from './think.ts';

/** Mean, standard deviation, smallest and largest of 40,000 pauses. */
function moments(think: ThinkTime) {
  const random = seededRandom(7);
  const draw = thinkSampler(think);
  const pauses = Array.from({ length: 40_000 }, () => draw(random));
  const mean = pauses.reduce((sum, each) => sum + each, 0) / pauses.length;
  const spread = Math.sqrt(pauses.reduce((sum, each) => sum + (each - mean) ** 2, 0) / pauses.length);
  return {
    mean,
    spread,
    least: pauses.reduce((a, b) => Math.min(a, b)),
    most: pauses.reduce((a, b) => Math.max(a, b)),
  };
}

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual}, expected ${expected}`);

test('constant', () => {
  const { mean, least, most } = moments({ distribution: 'constant', mean: 1.5 });
  assert.deepEqual([least, most], [1.5, 1.5]);
  near(mean, 1.5, 1e-9);
});

test('uniform: mean (min + max) / 2, deviation (max − min) / √12', () => {
  const { mean, spread, least, most } = moments({ distribution: 'uniform', min: 1, max: 3 });
  near(mean, 2, 0.01);
  near(spread, 2 / Math.sqrt(12), 0.01);
  assert.ok(least >= 1 && most < 3 && least < 1.001 && most > 2.999);
});

test('exponential: mean and deviation are the same', () => {
  const { mean, spread, least } = moments({ distribution: 'exponential', mean: 2 });
  near(mean, 2, 0.03);
  near(spread, 2, 0.03);
  assert.ok(least >= 0);
});

test('lognormal: the mean is that of the pauses, the deviation mean × √(exp(sigma²) − 1)', () => {
  const { mean, spread, least } = moments({ distribution: 'lognormal', mean: 2, sigma: 0.5 });
  near(mean, 2, 0.02);
  near(spread, 2 * Math.sqrt(Math.exp(0.25) - 1), 0.04);
  assert.ok(least > 0);
  assert.equal(moments({ distribution: 'lognormal', mean: 0, sigma: 0.5 }).most, 0);
});

test('the ends of the random numbers give finite pauses', () => {
  for (const edge of [0, 1 - 2 ** -32]) {
    for (const think of [
      { distribution: 'exponential', mean: 1 },
      { distribution: 'lognormal', mean: 1, sigma: 3 },
    ] as const) {
      const pause = thinkSampler(think)(() => edge);
      assert.ok(Number.isFinite(pause) && pause >= 0);
    }
  }
});

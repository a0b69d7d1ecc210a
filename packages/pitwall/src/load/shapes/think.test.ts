import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ThinkTime } from '../../model/scenario.ts';
import { seededRandom } from '../../stats/random.ts';
import { drawThinkTime, thinkTimeProblem } from './think.ts';

const FINE: ThinkTime[] = [
  { distribution: 'constant', mean: 2 },
  { distribution: 'uniform', min: 1, max: 3 },
  { distribution: 'uniform', min: 0, max: 4 },
  { distribution: 'exponential', mean: 2 },
  { distribution: 'lognormal', mean: 2, sigma: 5 },
];
test('pauses that make sense', () => {
  for (const think of FINE) assert.equal(thinkTimeProblem(think), null);
});

const draws = (think: ThinkTime): number[] => {
  const random = seededRandom(2);
  return Array.from({ length: 50_000 }, () => drawThinkTime(think, random)).sort((a, b) => a - b);
};
const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} instead of ${expected}`);

const LOGNORMAL: ThinkTime = { distribution: 'lognormal', mean: 2, sigma: 0.8 };

test('what is drawn has the mean that was asked for', () => {
  for (const think of [...FINE.slice(0, 4), LOGNORMAL]) {
    const values = draws(think);
    near(values.reduce((sum, value) => sum + value, 0) / values.length, 2, 0.04);
    assert.ok(values[0]! >= 0);
  }
});

test('each distribution has its own shape', () => {
  assert.deepEqual(new Set(draws(FINE[0]!)), new Set([2]));
  const uniform = draws(FINE[1]!);
  assert.ok(uniform[0]! >= 1 && uniform.at(-1)! < 3);
  near(uniform[12_500]!, 1.5, 0.03);
  near(draws(FINE[3]!)[25_000]!, 2 * Math.LN2, 0.04);
  // The median of a log-normal is its mean over exp(σ²/2).
  near(draws(LOGNORMAL)[25_000]!, 2 / Math.exp(0.32), 0.04);
  assert.equal(
    drawThinkTime({ ...LOGNORMAL, mean: 0 }, () => 0.5),
    0,
  );
});

test('deviations: (max − min) / √12, the mean, and mean × √(exp(σ²) − 1)', () => {
  const spread = (think: ThinkTime): number => {
    const values = draws(think);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  near(spread(FINE[1]!), 2 / Math.sqrt(12), 0.01);
  near(spread(FINE[3]!), 2, 0.05);
  near(spread({ ...LOGNORMAL, sigma: 0.5 }), 2 * Math.sqrt(Math.exp(0.25) - 1), 0.04);
});

test('the ends of the random numbers give finite pauses', () => {
  for (const edge of [0, 1 - 2 ** -32]) {
    for (const think of [FINE[3]!, { ...LOGNORMAL, sigma: 3 }]) {
      const pause = drawThinkTime(think, () => edge);
      assert.ok(Number.isFinite(pause) && pause >= 0, `${pause}`);
    }
  }
});

const WRONG: [ThinkTime, RegExp][] = [
  [{ distribution: 'constant', mean: -1 }, /mean think time/],
  [{ distribution: 'exponential', mean: Number.NaN }, /mean think time/],
  [{ distribution: 'exponential', mean: 3601 }, /1 h/],
  [{ distribution: 'uniform', min: 3, max: 1 }, /uniform/],
  [{ distribution: 'uniform', min: -1, max: 1 }, /uniform/],
  [{ distribution: 'uniform', min: 0, max: 7201 }, /2 h/],
  [{ distribution: 'lognormal', mean: 1, sigma: 5.1 }, /sigma/],
  [{ distribution: 'lognormal', mean: 1, sigma: -1 }, /sigma/],
];
for (const [think, problem] of WRONG) {
  test(`refused: ${JSON.stringify(think)}`, () => assert.match(thinkTimeProblem(think) ?? '', problem));
}

/**
 * How often the comparison errs, and how often it finds what is there, on noise of known kinds: 1,500 trials of two
 * identical states and 600 with an effect. Seeds are fixed, so a rate is a fact about the code and not a matter of luck.
 *
 * A trial has one affected indicator and eleven guards; every third guard is three times as noisy, as a p99 is beside a p50. A
 * trial counts as false when any of its twelve has a verdict other than unchanged or inconclusive.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import { compareBlocks } from './compare.ts';
import { blocksOf, NOISE, type Noise } from './testing.ts';

type Design = 'repeated' | 'interleaved';

interface Rates {
  /** Share of trials in which any indicator got a verdict. */
  any: number;
  /** Share of trials in which the affected one is called regressed. */
  found: number;
}

function simulate(
  noise: Noise,
  options: { design: Design; trials: number; blocks?: number; indicators?: number; slowdown?: number },
): Rates {
  const { design, trials, blocks = 6, indicators = 12, slowdown = 1 } = options;
  const random = seededRandom(2024);
  let any = 0;
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const series = Array.from({ length: indicators }, (_, k) => {
      const wild = k > 0 && k % 3 === 0 ? 3 : 1;
      return noise(2 * blocks, random).map((log) => 0.01 * (k + 1) * Math.exp(wild * log));
    });
    const arm = (second: boolean) =>
      blocksOf(
        series.map((values, k) => ({
          name: `x${k}`,
          values: values
            // Interleaved as the engine does it, ABBA: neither state is always the later of its pair.
            .filter((_, i) => (design === 'repeated' ? i >= blocks : i % 4 === 1 || i % 4 === 2) === second)
            .map((value) => (second ? value * slowdown : value)),
        })),
      );
    const { comparisons } = compareBlocks({
      design,
      before: arm(false),
      after: arm(true),
      affects: [{ indicator: 'x0' }],
      tolerance: 0.05,
      seed: trial,
    });
    if (comparisons.some(({ verdict }) => verdict === 'improved' || verdict === 'regressed')) any++;
    if (comparisons[0]?.verdict === 'regressed') found++;
  }
  return { any: any / trials, found: found / trials };
}

const STILL: readonly (readonly [name: string, noise: Noise])[] = [
  ['1 %', NOISE.lognormal(0.01)],
  ['4 %', NOISE.lognormal(0.04)],
  ['10 %', NOISE.lognormal(0.1)],
  ['heavy tails', NOISE.heavyTailed(0.05)],
  ['outlier blocks', NOISE.outliers(0.05, 0.1)],
];

for (const design of ['repeated', 'interleaved'] as const) {
  test(`two identical states, ${design}: at most 5 % of trials have any false verdict`, (t) => {
    for (const [name, noise] of STILL) {
      const { any } = simulate(noise, { design, trials: 120 });
      t.diagnostic(`${name}: ${(100 * any).toFixed(1)} % false`);
      assert.ok(any <= 0.05, `${name}: ${any}`);
    }
  });
}

test('drift, warm-up and blocks that resemble their neighbours are not taken for an effect', (t) => {
  const check = (name: string, noise: Noise, design: Design, limit: number) => {
    const { any } = simulate(noise, { design, trials: 60 });
    t.diagnostic(`${name}, ${design}: ${(100 * any).toFixed(1)} % false`);
    assert.ok(any <= limit, `${name}, ${design}: ${any}`);
  };
  check('drift of 10 %', NOISE.drift(0.04, 0.1), 'repeated', 0.05);
  check('drift of 20 %', NOISE.drift(0.04, 0.2), 'repeated', 0.05);
  check('warm-up of 30 %', NOISE.warmUp(0.04, 0.3), 'repeated', 0.05);
  check('drift of 20 %', NOISE.drift(0.04, 0.2), 'interleaved', 0.05);
  check('correlation of 0.5', NOISE.wandering(0.05, 0.5), 'interleaved', 0.05);
});

test('a slowdown of 15 % is found mostly, at 3 to 5 % noise and six blocks an arm', (t) => {
  const check = (name: string, noise: Noise, design: Design, atLeast: number) => {
    const { found } = simulate(noise, { design, trials: 100, indicators: 4, slowdown: 1.15 });
    t.diagnostic(`${name}, ${design}: found in ${(100 * found).toFixed(0)} %`);
    assert.ok(found >= atLeast, `${name}, ${design}: ${found}`);
  };
  check('3 %', NOISE.lognormal(0.03), 'repeated', 0.9);
  check('4 %', NOISE.lognormal(0.04), 'repeated', 0.8);
  check('5 %', NOISE.lognormal(0.05), 'repeated', 0.7);
  check('3 %', NOISE.lognormal(0.03), 'interleaved', 0.95);
  check('5 %', NOISE.lognormal(0.05), 'interleaved', 0.8);
  check('4 % with outlier blocks', NOISE.outliers(0.04, 0.05), 'repeated', 0.45);
});

/**
 * How often the comparison errs, and how often it finds what is there, on noise of known kinds: 1,000 trials of two
 * identical states, 500 with an effect. Seeds are fixed,
 * so a rate is a fact about the code and not a matter of luck. A trial counts as false when any of its twelve indicators
 * has a verdict other than unchanged or inconclusive.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOISE, type Noise, simulate } from './testing.ts';

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
      const { any } = simulate(noise, { design, trials: 100 });
      t.diagnostic(`${name}: ${(100 * any).toFixed(1)} % false`);
      assert.ok(any <= 0.05, `${name}: ${any}`);
    }
  });
}

test('a slowdown of 15 % is found mostly, at 3 to 5 % noise and six blocks an arm', (t) => {
  const check = (name: string, noise: Noise, design: 'repeated' | 'interleaved', atLeast: number) => {
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

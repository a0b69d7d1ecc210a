/**
 * How often the comparison errs, and how often it finds what is there, on noise of known kinds: drift, warm-up and
 * blocks that resemble their neighbours. Seeds are fixed,
 * so a rate is a fact about the code and not a matter of luck. A trial counts as false when any of its twelve indicators
 * has a verdict other than unchanged or inconclusive.
 *
 * What is known not to be covered: in the repeated design, blocks that resemble the block before by half (correlation 0.5)
 * give a false verdict in about one trial of six, because nothing in six blocks tells a slow wave from a step. The last
 * test holds that line. Interleaved arms are the remedy.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOISE, type Noise, simulate } from './testing.ts';

function check(name: string, noise: Noise, design: 'repeated' | 'interleaved', limit: number): void {
  test(`${name}, ${design}: false in at most ${100 * limit} %`, (t) => {
    const { any } = simulate(noise, { design, trials: 400 });
    t.diagnostic(`${(100 * any).toFixed(1)} % false`);
    assert.ok(any <= limit, `${any}`);
  });
}

check('drift of 10 %', NOISE.drift(0.04, 0.1), 'repeated', 0.08);
check('drift of 20 %', NOISE.drift(0.04, 0.2), 'repeated', 0.05);
check('drift of 30 %', NOISE.drift(0.04, 0.3), 'repeated', 0.05);
check('warm-up of 30 %', NOISE.warmUp(0.04, 0.3), 'repeated', 0.05);
check('drift of 20 %', NOISE.drift(0.04, 0.2), 'interleaved', 0.05);
check('correlation of 0.5', NOISE.wandering(0.05, 0.5), 'interleaved', 0.05);
check('correlation of 0.5', NOISE.wandering(0.05, 0.5), 'repeated', 0.2);

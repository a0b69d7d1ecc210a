/**
 * How often the comparison of two runs errs, and how often it finds 10 %, on noise of known kinds. Seeds are fixed, so a rate is a fact
 * about the code and not a matter of luck. A pair of runs of one state counts as false when any of its dozen indicators is better
 * or worse. run-simulation.long.test.ts has more kinds and more pairs; bench/compare runs the same on a live service.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_NOISE, type RunModel, simulateRuns } from './run-testing.ts';

const PAIRS = 60;
const model = (noise: RunModel['noise'], betweenRuns: number, endpoints = 1): RunModel => ({
  noise,
  betweenRuns,
  blocks: 20,
  endpoints,
});

test('calibrated: at most 5 % false, whatever the noise within and between runs', (t) => {
  for (const [name, one] of Object.entries({
    quiet: model(RUN_NOISE.lognormal(0.02), 0.01),
    'runs that differ by more than their blocks': model(RUN_NOISE.lognormal(0.01), 0.03),
    'long waves': model(RUN_NOISE.fractional(0.04, 0.9), 0.01),
    'a neighbour that wakes and sleeps': model(RUN_NOISE.neighbour(0.03, 0.2, 0.05), 0),
  })) {
    const { wrong } = simulateRuns(one, { pairs: PAIRS, slowdown: 1.1, calibration: 10 });
    t.diagnostic(`${name}: ${(100 * wrong).toFixed(1)} % false`);
    assert.ok(wrong <= 0.05, `${name}: ${wrong}`);
  }
});

test('not calibrated: at most 5 % false as long as runs differ by no more than is allowed for', (t) => {
  for (const [name, one] of Object.entries({
    quiet: model(RUN_NOISE.lognormal(0.02), 0.01),
    'outlier blocks': model(RUN_NOISE.outliers(0.03, 0.1), 0.015),
    'blocks that resemble their neighbours': model(RUN_NOISE.wandering(0.04, 0.5), 0.01),
    warming: model(RUN_NOISE.warmUp(0.02, 0.2), 0.01),
  })) {
    const { wrong } = simulateRuns(one, { pairs: PAIRS, slowdown: 1.1, calibration: 0 });
    t.diagnostic(`${name}: ${(100 * wrong).toFixed(1)} % false`);
    assert.ok(wrong <= 0.05, `${name}: ${wrong}`);
  }
});

test('10 % slower is worse in at least 4 of 5 pairs, at the noise of a quiet machine', (t) => {
  for (const calibration of [0, 10]) {
    for (const endpoints of [1, 3]) {
      const one = model(RUN_NOISE.lognormal(0.025), 0.0125, endpoints);
      const { found } = simulateRuns(one, { pairs: 40, slowdown: 1.1, calibration });
      t.diagnostic(`${calibration} runs of calibration, ${endpoints} endpoints: found ${(100 * found).toFixed(0)} %`);
      assert.ok(found >= 0.8, `${calibration}, ${endpoints}: ${found}`);
    }
  }
});

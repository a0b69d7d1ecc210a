/**
 * As run-simulation.test.ts: more kinds of noise, 200 pairs each (100 with five endpoints). What is known not to be covered without a calibration: runs that
 * differ by several times what their blocks do, because nothing in two runs tells that from an effect. The last test holds that line,
 * and that the calibration is the remedy.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_NOISE, type RunModel, simulateRuns } from './run-testing.ts';

const PAIRS = 200;
const KINDS: Readonly<Record<string, RunModel['noise']>> = {
  '1 %': RUN_NOISE.lognormal(0.01),
  '3 %': RUN_NOISE.lognormal(0.03),
  '5 %': RUN_NOISE.lognormal(0.05),
  '8 %': RUN_NOISE.lognormal(0.08),
  'heavy tails': RUN_NOISE.heavyTailed(0.04),
  'outlier blocks': RUN_NOISE.outliers(0.04, 0.1),
  'correlation of 0.5': RUN_NOISE.wandering(0.04, 0.5),
  'correlation of 0.8': RUN_NOISE.wandering(0.04, 0.8),
  'long waves': RUN_NOISE.fractional(0.04, 0.9),
  'a neighbour': RUN_NOISE.neighbour(0.03, 0.2, 0.05),
  drift: RUN_NOISE.drift(0.03, 0.1),
};

for (const [endpoints, pairs, kinds] of [
  [1, PAIRS, Object.keys(KINDS)],
  [5, PAIRS / 2, ['3 %', 'heavy tails', 'correlation of 0.8', 'a neighbour']],
] as const) {
  for (const betweenRuns of [0, 0.01, 0.03]) {
    test(`calibrated, ${endpoints} endpoints, runs differ by ${100 * betweenRuns} %: at most 5 % false`, (t) => {
      for (const name of kinds) {
        const model: RunModel = { noise: KINDS[name]!, betweenRuns, blocks: 20, endpoints };
        const { wrong, found } = simulateRuns(model, { pairs, slowdown: 1.1, calibration: 10 });
        t.diagnostic(`${name}: ${(100 * wrong).toFixed(1)} % false, 10 % found in ${(100 * found).toFixed(0)} %`);
        assert.ok(wrong <= 0.05, `${name}: ${wrong}`);
      }
    });
  }
}

test('not calibrated: at most 5 % false where runs differ by half of what blocks do; 10 % found at up to 3 % noise', (t) => {
  for (const cv of [0.01, 0.02, 0.03, 0.05, 0.08]) {
    const model: RunModel = { noise: RUN_NOISE.lognormal(cv), betweenRuns: cv / 2, blocks: 20, endpoints: 1 };
    const { wrong, found } = simulateRuns(model, { pairs: PAIRS, slowdown: 1.1, calibration: 0 });
    t.diagnostic(`${100 * cv} %: ${(100 * wrong).toFixed(1)} % false, found in ${(100 * found).toFixed(0)} %`);
    assert.ok(wrong <= 0.05, `${cv}: ${wrong}`);
    if (cv <= 0.03) assert.ok(found >= 0.8, `${cv}: ${found}`);
  }
});

test('not calibrated, runs that differ by three times what blocks do: a calibration is the remedy', (t) => {
  const model: RunModel = { noise: RUN_NOISE.lognormal(0.01), betweenRuns: 0.03, blocks: 20, endpoints: 1 };
  const blind = simulateRuns(model, { pairs: PAIRS, slowdown: 1.1, calibration: 0 });
  const calibrated = simulateRuns(model, { pairs: PAIRS, slowdown: 1.1, calibration: 10 });
  t.diagnostic(
    `not calibrated ${(100 * blind.wrong).toFixed(0)} % false, calibrated ${(100 * calibrated.wrong).toFixed(1)} %`,
  );
  assert.ok(blind.wrong > 0.2 && calibrated.wrong <= 0.05, JSON.stringify({ blind, calibrated }));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variance } from '../stats/quantile.ts';
import { seededRandom } from '../stats/random.ts';
import { tQuantile } from '../stats/t-distribution.ts';
import { calibrated, shapesOfRuns } from './calibrate.ts';
import { madeUpLoad } from './run-fixtures.ts';
import { blockSeries, type RunSeries } from './run-series.ts';
import { madeUpRun } from './run-testing.ts';
import { NOISE, normal } from './testing.ts';

test('the noise floor is the half-width of the interval of two runs of one state', () => {
  const values = [1, 1.02, 0.99, 1.01, 0.98, 1.03];
  const runs = values.map((value): RunSeries[] => [
    {
      target: 'web',
      indicator: 'x',
      labels: {},
      unit: 's',
      direction: 'lower-is-better',
      countsFailures: false,
      basis: 'run',
      values: [value],
      positions: [0],
    },
  ]);
  const [one] = calibrated(runs);
  const s = Math.sqrt(variance(values.map(Math.log)));
  assert.ok(Math.abs(one!.noiseFloor - Math.expm1(tQuantile(0.975, 5) * Math.SQRT2 * s)) < 1e-12);
  assert.ok(Math.abs(one!.betweenRuns - Math.expm1(s)) < 1e-12);
  assert.deepEqual([one!.runs, one!.betweenBlocks, one!.level], [6, null, 1.005]);
  assert.ok(one!.minimumDetectable > one!.noiseFloor);
});

test('of made-up runs: what was put in comes out; what has no better or worse is left out', () => {
  const random = seededRandom(1);
  const model = { noise: NOISE.lognormal(0.03), betweenRuns: 0.05, blocks: 20, endpoints: 1 } as const;
  const found = calibrated(Array.from({ length: 60 }, () => madeUpRun(model, 1, random)));
  const p50 = found.find(({ indicator }) => indicator === 'load.response.duration.p50')!;
  assert.ok(Math.abs(p50.betweenRuns - 0.05) < 0.012, String(p50.betweenRuns));
  assert.ok(Math.abs(p50.betweenBlocks! - 0.032) < 0.004, String(p50.betweenBlocks));
  assert.equal(found[0]!.indicator.endsWith('p99'), true, 'the largest noise first');
  const { blocks } = madeUpLoad({ '/': () => 0.01 * (1 + random()) }, { blocks: 8, requests: 100 }, random);
  const open = calibrated(Array.from({ length: 5 }, () => blockSeries(blocks, { target: 'web', closed: false })));
  assert.ok(open.length > 0 && !open.some(({ indicator }) => indicator === 'load.requests.rate'));
  assert.deepEqual(calibrated([]), []);
});

test('shapes: the distances of all pairs of runs, ascending', () => {
  const random = seededRandom(2);
  const draw = () => 0.01 * Math.exp(0.2 * normal(random));
  const loads = Array.from({ length: 5 }, () => madeUpLoad({ '/': draw }, { blocks: 4, requests: 100 }, random));
  const [shape] = shapesOfRuns(loads.map(({ distributions }) => distributions));
  assert.equal(shape!.distances.length, 10);
  assert.deepEqual(
    shape!.distances,
    shape!.distances.toSorted((a, b) => a - b),
  );
  assert.ok(shape!.distances[9]! < 0.2 && shape!.distances[0]! >= 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centre } from '../stats/hodges-lehmann.ts';
import { variance } from '../stats/quantile.ts';
import { seededRandom } from '../stats/random.ts';
import { type NoiseRuns, noiseIndex, noiseKey, spreadOf as spreadOfValues, withinVariance } from './between-runs.ts';
import type { RunSeries } from './run-series.ts';
import { normal } from './testing.ts';

const series = (values: readonly number[], basis: RunSeries['basis'] = 'blocks'): RunSeries => ({
  target: 'web',
  indicator: 'x',
  labels: {},
  unit: 's',
  direction: 'lower-is-better',
  countsFailures: false,
  basis,
  values,
  positions: values.map((_, i) => i),
});
const runs = (
  source: NoiseRuns['source'],
  values: readonly (readonly number[])[],
  basis?: RunSeries['basis'],
): NoiseRuns => ({
  source,
  runs: values.map((one) => [series(one, basis)]),
});
const same = (value: number) => value;
const spreadOf = (noise: NoiseRuns, one: RunSeries, to: (value: number) => number) =>
  spreadOfValues(noise.source, noiseIndex(noise).get(noiseKey(one)) ?? [], to);

test('a calibration: the variance of the runs’ middles, and what blocks explain of it', () => {
  const values = [
    [1, 2, 3],
    [2, 3, 4],
    [5, 6, 7],
    [1, 1, 1],
    [3, 5, 4],
  ];
  const spread = spreadOf(runs('calibration', values), series([1]), same)!;
  assert.equal(spread.total, variance(values.map(centre)));
  assert.equal(spread.df, 4);
  assert.ok(Math.abs(spread.within - (4 * (1 / 3)) / 5) < 1e-12, String(spread.within));
});

test('a history counts only what one run differs from the next: a step is one difference, drawn in', () => {
  const random = seededRandom(1);
  const values = Array.from({ length: 20 }, (_, i) => [normal(random) + (i >= 10 ? 100 : 0)]);
  const { total, within, df } = spreadOf(runs('history', values, 'run'), series([1], 'run'), same)!;
  // The plain variance would be 2500, the mean square of the differences 263.
  assert.ok(total > 0.5 && total < 4, String(total));
  assert.equal(within, 0);
  assert.ok(Math.abs(df - (2 * 19 ** 2) / 56) < 1e-12);
  const calm = spreadOf(runs('history', values.slice(0, 10), 'run'), series([1], 'run'), same)!;
  assert.ok(calm.total > 0.3 && calm.total < 2.5, String(calm.total));
});

test('fewer than five runs with the indicator say nothing', () => {
  const four = [[1], [2], [3], [4]];
  assert.equal(spreadOf(runs('calibration', four, 'run'), series([1], 'run'), same), null);
  assert.equal(
    spreadOf(runs('calibration', [...four, [5]], 'run'), series([1], 'blocks'), same),
    null,
    'another basis',
  );
  assert.equal(
    spreadOf(runs('calibration', [...four, [0]], 'run'), series([1], 'run'), Math.log),
    null,
    'no logarithm',
  );
});

test('one wild block does not make the blocks’ own noise', () => {
  const calm = [1, 1.1, 0.9, 1.05, 0.95, 1, 1.1, 0.9];
  assert.ok(withinVariance([...calm, 50]) < 10 * withinVariance(calm));
  assert.equal(withinVariance([3]), 0);
});

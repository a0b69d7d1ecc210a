import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShapeComparison } from '../model/comparison.ts';
import { seededRandom } from '../stats/random.ts';
import type { NoiseRuns } from './between-runs.ts';
import { type CompareRunsInput, compareRuns } from './compare-runs.ts';
import type { RunSeries } from './run-series.ts';
import { madeUpRun } from './run-testing.ts';
import { NOISE, normal } from './testing.ts';

const model = { noise: NOISE.lognormal(0.02), betweenRuns: 0.01, blocks: 20, endpoints: 1 } as const;
const compare = (a: readonly RunSeries[], b: readonly RunSeries[], more: Partial<CompareRunsInput> = {}) =>
  compareRuns({ design: 'sequential', a, b, noise: null, tolerance: 0.05, shapes: [], ...more });
const series = (indicator: string, values: readonly number[], more: Partial<RunSeries> = {}): RunSeries => ({
  target: 'web',
  indicator,
  labels: {},
  unit: 's',
  direction: 'lower-is-better',
  countsFailures: false,
  basis: 'blocks',
  values,
  positions: values.map((_, i) => i),
  ...more,
});
const noisy = (level: number, cv: number, seed: number, count = 20) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => level * Math.exp(cv * normal(random)));
};

test('a slower run is worse, a faster one better, with the ratio inside its interval', () => {
  const random = seededRandom(1);
  const [a, b] = [madeUpRun(model, 1, random), madeUpRun(model, 1.3, random)];
  const worse = compare(a, b);
  assert.equal(worse.verdict, 'worse');
  assert.match(worse.because, /^load\.response\..* is worse; \d+ more worse\.$/);
  for (const { indicator, interval, ratio, verdict } of worse.comparisons.filter(
    ({ indicator: name }) => name !== 'load.error.ratio',
  )) {
    assert.equal(verdict, 'worse', indicator);
    assert.ok(interval![0] <= ratio && ratio <= interval![1], indicator);
  }
  const rate = worse.comparisons.find(({ indicator }) => indicator === 'load.requests.rate')!;
  assert.ok(rate.ratio < 0.85, 'throughput falls, and that is worse');
  const better = compare(b, a);
  assert.equal(better.verdict, 'better');
  assert.match(better.because, /and nothing is worse\.$/);
});

test('two runs of one quiet state are the same; of a noisy one undecided, with what would have been seen', () => {
  const random = seededRandom(2);
  const quiet = { ...model, noise: NOISE.lognormal(0.003), betweenRuns: 0 };
  const same = compare(madeUpRun(quiet, 1, random), madeUpRun(quiet, 1, random));
  assert.equal(same.verdict, 'same');
  assert.match(same.because, /^All 12 indicators are the same within 5\.0 %\.$/);
  const wild = { ...model, noise: NOISE.lognormal(0.15) };
  const open = compare(madeUpRun(wild, 1, random), madeUpRun(wild, 1, random));
  assert.equal(open.verdict, 'inconclusive');
  assert.match(open.because, /is not decided: at this noise a (change|factor) of .+ shows in 4 of 5 comparisons/);
  const p50 = open.comparisons.find(({ indicator }) => indicator === 'load.response.duration.p50')!;
  assert.ok(p50.minimumDetectable! > 0.1 && p50.noiseFloor! > 0.05, JSON.stringify(p50));
});

test('a calibration of noisy runs takes the verdict from a difference that blocks alone would believe', () => {
  const a = [series('load.response.duration.p50', noisy(0.1, 0.01, 1), { labels: { endpoint: '/' } })];
  const b = [series('load.response.duration.p50', noisy(0.11, 0.01, 2), { labels: { endpoint: '/' } })];
  assert.equal(compare(a, b).comparisons[0]!.verdict, 'worse');
  const runs = (spread: number): NoiseRuns => ({
    source: 'calibration',
    runs: Array.from({ length: 10 }, (_, i) => [
      series('load.response.duration.p50', noisy(0.1 * (1 + spread * ((i % 3) - 1)), 0.01, 10 + i), {
        labels: { endpoint: '/' },
      }),
    ]),
  });
  const calm = compare(a, b, { noise: runs(0.005) }).comparisons[0]!;
  assert.deepEqual([calm.verdict, calm.spread], ['worse', 'calibration']);
  const wild = compare(a, b, { noise: runs(0.06) }).comparisons[0]!;
  assert.equal(wild.verdict, 'inconclusive');
  assert.ok(wild.noiseFloor! > 0.1, String(wild.noiseFloor));
  assert.ok(wild.interval![0] < 1 && wild.interval![1] > 1);
});

test('failures that appear are worse when they are no chance; growing ones are never better', () => {
  const errors = (values: readonly number[]) =>
    series('load.error.ratio', values, {
      unit: '1',
      countsFailures: true,
      labels: { endpoint: '/' },
      requests: values.map(() => 250),
    });
  const still = errors(new Array(20).fill(0));
  const burst = errors(Array.from({ length: 20 }, (_, i) => (i === 7 ? 0.2 : 0)));
  const appeared = compare([still], [burst]);
  assert.equal(appeared.verdict, 'worse');
  assert.match(
    appeared.because,
    /^load\.error\.ratio {endpoint=\/} at 11\.0 × is worse\.$/,
    '1 % where 0.1 % is nothing',
  );
  const [failed] = appeared.comparisons;
  assert.deepEqual([failed!.a, failed!.b, failed!.interval], [0, 0.01, null]);
  assert.ok(failed!.pValue! < 1e-9);
  const short = errors(Array.from({ length: 20 }, (_, i) => (i === 7 ? 0.1 : 0)));
  assert.equal(compare([still], [short]).verdict, 'inconclusive', 'a burst of half the size may be chance');
  const fast = (level: number, seed: number) =>
    series('load.response.duration.p50', noisy(level, 0.01, seed), { labels: { endpoint: '/' } });
  const some = errors(Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 0.02 : 0)));
  const more = errors(Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 0.05 : 0)));
  const traded = compare([some, fast(0.1, 1)], [more, fast(0.05, 2)]);
  assert.notEqual(traded.verdict, 'better');
  assert.equal(compare([some, fast(0.1, 1)], [some, fast(0.05, 2)]).verdict, 'better');
});

test('what has no better or worse is never judged; what has no known noise decides nothing', () => {
  const neutral = { unit: '1/s', direction: 'neutral' } as const;
  const only = compare(
    [series('load.requests.rate', noisy(100, 0.01, 1), neutral)],
    [series('load.requests.rate', noisy(200, 0.01, 2), neutral)],
  );
  assert.equal(only.comparisons[0]!.verdict, 'inconclusive');
  const once = { basis: 'run' } as const;
  const alone = compare([series('process.memory', [1], once)], [series('process.memory', [9], once)]);
  assert.deepEqual(
    [alone.verdict, alone.comparisons[0]!.spread, alone.comparisons[0]!.interval],
    ['inconclusive', 'unknown', null],
  );
  assert.match(alone.because, /too few earlier runs/);
  assert.match(compare([], []).because, /nothing in common/);
});

test('beside a load, what has one value a run is told and does not decide', () => {
  const random = seededRandom(5);
  const quiet = { ...model, noise: NOISE.lognormal(0.003), betweenRuns: 0 };
  const once = (value: number) => series('process.memory', [value], { basis: 'run', unit: 's' });
  const draw = (memory: number) => [...madeUpRun(quiet, 1, random), once(memory)];
  const noise: NoiseRuns = { source: 'calibration', runs: Array.from({ length: 8 }, (_, i) => draw(1 + 0.001 * i)) };
  const { verdict, because, comparisons } = compare(draw(1), draw(3), { noise });
  assert.equal(comparisons.find(({ indicator }) => indicator === 'process.memory')!.verdict, 'worse');
  assert.equal(verdict, 'same');
  assert.match(because, /Beside it, with one value a run: process\.memory at 3\.00 ×/);
});

test('with fewer than eight blocks nothing is judged', () => {
  const few = (level: number, seed: number) => [series('load.response.duration.p50', noisy(level, 0.01, seed, 7))];
  const { comparisons, verdict } = compare(few(1, 1), few(2, 2));
  assert.deepEqual([verdict, comparisons[0]!.spread, comparisons[0]!.interval], ['inconclusive', 'unknown', null]);
});

test('a load whose course changes is compared place by place: the course is no noise', () => {
  const ramp = (factor: number, seed: number) => {
    const values = noisy(1, 0.01, seed).map((value, i) => factor * value * (0.1 + 0.05 * i));
    return [series('load.response.duration.p50', values, { labels: { endpoint: '/' } })];
  };
  const [a, b] = [ramp(1, 1), ramp(1.1, 2)];
  assert.equal(compare(a, b).comparisons[0]!.verdict, 'inconclusive', 'as blocks of one level they would be all noise');
  assert.equal(compare(a, b, { design: 'aligned' }).comparisons[0]!.verdict, 'worse');
  assert.equal(compare(a, ramp(1, 3), { design: 'aligned' }).comparisons[0]!.verdict, 'same');
  const noise: NoiseRuns = {
    source: 'calibration',
    runs: Array.from({ length: 8 }, (_, i) => ramp(1 + 0.1 * ((i % 3) - 1), 20 + i)),
  };
  const wild = compare(a, b, { design: 'aligned', noise }).comparisons[0]!;
  assert.deepEqual([wild.verdict, wild.spread], ['inconclusive', 'calibration']);
});

test('blocks of the same time are compared in pairs: what hits both cancels out', () => {
  const random = seededRandom(7);
  const shared = Array.from({ length: 20 }, () => Math.exp(0.4 * normal(random)));
  const side = (factor: number, seed: number, positions?: number[]) => {
    const values = noisy(factor, 0.01, seed).map((value, i) => value * shared[i]!);
    return [
      series('load.response.duration.p50', values, { labels: { endpoint: '/' }, ...(positions ? { positions } : {}) }),
    ];
  };
  assert.equal(compare(side(1, 1), side(1.1, 2)).verdict, 'inconclusive', 'one after the other nothing could be told');
  const found = compare(side(1, 1), side(1.1, 2), { design: 'pairs' });
  assert.deepEqual([found.verdict, found.comparisons[0]!.spread], ['worse', 'pairs']);
  assert.ok(Math.abs(found.comparisons[0]!.ratio - 1.1) < 0.02);
  assert.equal(compare(side(1, 1), side(1, 3), { design: 'pairs' }).verdict, 'same');
  const late = side(
    1.1,
    2,
    shared.map((_, i) => i + 14),
  );
  assert.equal(
    compare(side(1, 1), late, { design: 'pairs' }).comparisons[0]!.spread,
    'unknown',
    'six in common are too few',
  );
});

test('another shape takes “same” back, and is named', () => {
  const random = seededRandom(8);
  const quiet = { ...model, noise: NOISE.lognormal(0.003), betweenRuns: 0 };
  const shape: ShapeComparison = {
    endpoint: 'GET /0',
    target: 'web',
    distance: 0.2,
    noiseFloor: 0.02,
    pValue: 0.01,
    verdict: 'other',
    kind: 'wider',
  };
  const { verdict, because } = compare(madeUpRun(quiet, 1, random), madeUpRun(quiet, 1, random), { shapes: [shape] });
  assert.equal(verdict, 'inconclusive');
  assert.match(because, /response times of GET \/0 are distributed differently/);
});

test('the same input gives the same result', () => {
  const random = seededRandom(9);
  const [a, b] = [madeUpRun(model, 1, random), madeUpRun(model, 1.05, random)];
  assert.deepEqual(compare(a, b), compare(a, b));
});

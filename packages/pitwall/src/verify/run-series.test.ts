import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Indicator } from '../model/indicator.ts';
import { seededRandom } from '../stats/random.ts';
import { madeUpLoad } from './run-fixtures.ts';
import { blockSeries, indicatorSeries, isClosed, isMoving, unseenPercentiles } from './run-series.ts';

const random = seededRandom(1);
const draw = () => 0.01 + 0.01 * random();
const names = (series: readonly { indicator: string }[]) => series.map(({ indicator }) => indicator).sort();

test('a block gives every figure of every endpoint, throughput, and with several endpoints the mean over all', () => {
  const { blocks } = madeUpLoad({ '/a': draw, '/b': draw }, { blocks: 10, requests: 200 }, random);
  const series = blockSeries(blocks, { target: 'web', closed: true });
  // Five figures of response and service and the errors, twice; throughput; the mean.
  assert.equal(series.length, 2 * 11 + 2);
  assert.ok(series.every(({ values, positions }) => values.length === 10 && positions.length === 10));
  const mean = series.find(({ indicator, labels }) => indicator === 'load.response.duration.mean' && !labels.endpoint)!;
  const parts = blocks[0]!.steps.map(({ response }) => response.mean);
  assert.ok(Math.abs(mean.values[0]! - (parts[0]! + parts[1]!) / 2) < 1e-12);
  const rate = series.find(({ indicator }) => indicator === 'load.requests.rate')!;
  assert.deepEqual([rate.values[0], rate.direction], [800, 'higher-is-better']);
  const one = blockSeries(madeUpLoad({ '/a': draw }, { blocks: 3, requests: 200 }, random).blocks, {
    target: 'web',
    closed: false,
  });
  assert.equal(one.find(({ indicator }) => indicator === 'load.requests.rate')!.direction, 'neutral');
  assert.ok(one.every(({ labels, indicator }) => labels.endpoint === '/a' || indicator === 'load.requests.rate'));
});

test('percentiles that a block has too few requests for are left out, and named', () => {
  const { blocks } = madeUpLoad({ '/': draw }, { blocks: 10, requests: 30 }, random);
  assert.deepEqual(names(blockSeries(blocks, { target: 'web', closed: true })), [
    'load.error.ratio',
    'load.requests.rate',
    'load.response.duration.mean',
    'load.response.duration.p50',
    'load.response.duration.p90',
    'load.response.duration.p95',
    'load.service.duration.mean',
    'load.service.duration.p50',
    'load.service.duration.p90',
    'load.service.duration.p95',
  ]);
  assert.deepEqual(unseenPercentiles(blocks), { percentiles: ['p99'], requests: 30 });
  assert.equal(unseenPercentiles(madeUpLoad({ '/': draw }, { blocks: 2, requests: 100 }, random).blocks), null);
  assert.equal(unseenPercentiles([]), null);
});

test('blocks without an answer have no value, not zero, and the others keep their place', () => {
  const { blocks } = madeUpLoad({ '/': draw }, { blocks: 5, requests: 100, errors: 5 }, random);
  const silent = blocks.map((block, i) =>
    i === 2 ? { ...block, steps: block.steps.map((step) => ({ ...step, completed: 0, errors: 0 })) } : block,
  );
  const series = blockSeries(silent, { target: 'web', closed: true });
  const p50 = series.find(({ indicator }) => indicator === 'load.response.duration.p50')!;
  assert.deepEqual(p50.positions, [0, 1, 3, 4]);
  const errors = series.find(({ indicator }) => indicator === 'load.error.ratio')!;
  assert.deepEqual([errors.values[0], errors.countsFailures], [0.05, true]);
  const rate = series.find(({ indicator }) => indicator === 'load.requests.rate')!;
  assert.deepEqual(rate.values.slice(1, 4), [190, 0, 190], 'no answers in a block is a throughput of 0');
});

test('other indicators have one value a run; those of the load give way to its blocks', () => {
  const indicator = (name: string, value: number | null): Indicator => ({
    target: 'db',
    name,
    labels: {},
    unit: 's',
    direction: 'lower-is-better',
    value,
    count: 1,
  });
  const all = [indicator('sqlite.query.duration.p50', 0.1), indicator('load.x', 1), indicator('gone', null)];
  const { blocks } = madeUpLoad({ '/': draw }, { blocks: 2, requests: 10 }, random);
  const ofBlocks = blockSeries(blocks, { target: 'web', closed: true });
  assert.deepEqual(names(indicatorSeries(all, ofBlocks)), ['sqlite.query.duration.p50']);
  assert.deepEqual(names(indicatorSeries(all, [])), ['load.x', 'sqlite.query.duration.p50']);
});

test('which shapes wait for answers, and which change their course', () => {
  assert.ok(isClosed({ shape: 'closed', rate: null }));
  assert.ok(isClosed({ shape: 'soak', rate: null }) && !isClosed({ shape: 'soak', rate: 50 }));
  assert.ok(!isClosed({ shape: 'ramping-rate', rate: null }) && !isClosed({ shape: 'trace', rate: null }));
  assert.ok(isMoving('spike') && isMoving('trace') && !isMoving('poisson') && !isMoving('closed'));
});

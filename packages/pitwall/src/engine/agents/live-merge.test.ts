import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawTick } from '../../load/protocol.ts';
import { Histogram } from '../../stats/histogram.ts';
import { LiveMerge, type MergedSecond } from './live-merge.ts';

function tick(second: number, completed: number, ms = 1): RawTick {
  const response = new Histogram();
  response.record(ms * 1e6, completed);
  return {
    second,
    completed,
    errors: 1,
    bytes: 10,
    inFlight: 2,
    response: response.toDistribution(),
    loopUtilisation: 0.1,
    late: 0,
  };
}
const completed = (seconds: readonly MergedSecond[]) => seconds.map(({ tick }) => tick.completed);
const none = new Set<number>();

test('a second that cannot be used is not waited for, and not read again', () => {
  const merge = new LiveMerge(2, 10);
  merge.add(0, tick(0, 5));
  merge.add(1, tick(0, 2));
  merge.add(0, tick(1, 6));
  assert.equal(merge.skip(1, 1), true);
  assert.equal(merge.skip(1, 1), false);
  assert.deepEqual(merge.known, [1, 1]);
  merge.add(1, tick(1, 100));
  assert.deepEqual(completed(merge.take(none)), [7, 6]);
});

test('a second comes out when all have told of it, in order and once', () => {
  const merge = new LiveMerge(2, 10);
  merge.add(0, tick(0, 5));
  merge.add(0, tick(1, 7));
  assert.deepEqual(merge.take(none), []);
  merge.add(1, tick(0, 3, 9));
  merge.add(1, tick(0, 3, 9));
  const [first, ...more] = merge.take(none).map((second) => second.tick);
  assert.deepEqual(more, []);
  assert.deepEqual([first!.at, first!.completed, first!.errors, first!.bytes, first!.inFlight], [1, 8, 2, 20, 4]);
  assert.ok(first!.p50 < 0.002 && first!.p99 > 0.008);
  assert.deepEqual(merge.take(none), []);
  merge.add(1, tick(1, 1));
  assert.deepEqual(completed(merge.take(none)), [8]);
  assert.deepEqual(merge.known, [1, 1]);
});

test('an agent that is gone holds nothing up, and what it told of counts', () => {
  const merge = new LiveMerge(2, 10);
  merge.add(1, tick(0, 1));
  merge.add(1, tick(1, 1));
  for (let second = 0; second < 4; second++) merge.add(0, tick(second, 10));
  assert.deepEqual(completed(merge.take(none)), [11, 11]);
  assert.deepEqual(completed(merge.take(new Set([1]))), [10, 10]);
});

test('when all are over the rest comes out, the last second bounded by the plan', () => {
  const merge = new LiveMerge(2, 2.5);
  for (let second = 0; second < 3; second++) merge.add(0, tick(second, 1));
  merge.add(1, tick(0, 1));
  const ticks = merge.take(new Set([0, 1]));
  assert.deepEqual(
    ticks.map((second) => second.tick.at),
    [1, 2, 2.5],
  );
});

test('nothing at all when nobody has told of anything', () => {
  assert.deepEqual(new LiveMerge(2, 10).take(new Set([0, 1])), []);
});

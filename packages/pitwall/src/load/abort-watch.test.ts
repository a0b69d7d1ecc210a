import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadTick } from '../model/load.ts';
import type { AbortRules } from '../model/scenario.ts';
import { AbortWatch } from './abort-watch.ts';

const tick = (at: number, completed: number, errors: number, p99 = 0.01): LoadTick => ({
  at,
  completed,
  errors,
  p50: p99 / 2,
  p90: p99,
  p99,
  bytes: 0,
  inFlight: 0,
  heat: [],
});
const rules = (more: Partial<AbortRules>): AbortRules => ({
  errorRatio: null,
  p99: null,
  over: 3,
  danger: false,
  ...more,
});

/** The second in which the watch ended the run, and why. */
function ended(watch: AbortWatch, ticks: readonly LoadTick[]): [number, string, string] | null {
  for (const each of ticks) {
    const end = watch.watch(each);
    if (end) return [each.at, end.end, end.message];
  }
  return null;
}

test('errors end a run only when they last for the whole window', () => {
  const burst = [1, 2, 3, 4, 5, 6].map((at) => tick(at, 100, at === 3 ? 60 : 0));
  assert.equal(ended(new AbortWatch(rules({ errorRatio: 0.3 })), burst), null);
  const lasting = [1, 2, 3, 4, 5, 6].map((at) => tick(at, 100, at >= 3 ? 60 : 0));
  const [at, end, because] = ended(new AbortWatch(rules({ errorRatio: 0.3 })), lasting)!;
  assert.deepEqual([at, end], [4, 'abort-rule']);
  assert.match(because, /40\.0 % of the requests failed over 3 s \(abort rule: 30 %\)/);
});

test('the latency rule wants every second of the window to be too slow', () => {
  const ticks = [0.9, 1.1, 0.9, 1.1, 1.2, 1.3].map((p99, i) => tick(i + 1, 100, 0, p99));
  const [at, , because] = ended(new AbortWatch(rules({ p99: 1 })), ticks)!;
  assert.equal(at, 6);
  assert.match(because, /1\.100 s or more in each of 3 s/);
});

test('a service that stops answering is noticed without any rule; one that never answered is given longer', () => {
  const dying = Array.from({ length: 12 }, (_, i) => tick(i + 1, 100, i < 4 ? 0 : 100));
  const [at, end, because] = ended(new AbortWatch(null), dying)!;
  assert.deepEqual([at, end], [9, 'target-lost']);
  assert.match(because, /not answered with success since second 4 \(500 requests failed\)/);
  assert.equal(ended(new AbortWatch(null), dying.slice(4)), null);
  const never = Array.from({ length: 40 }, (_, i) => tick(i + 1, 2, 2));
  assert.deepEqual(ended(new AbortWatch(null), never), [
    30,
    'target-lost',
    'none of the first 60 requests was answered with success',
  ]);
});

test('a slow service that answers nothing for a while is not taken for dead', () => {
  const quiet = [tick(1, 10, 0), ...Array.from({ length: 10 }, (_, i) => tick(i + 2, 0, 0))];
  assert.equal(ended(new AbortWatch(null), quiet), null);
});

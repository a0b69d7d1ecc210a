import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunHandle } from '../../fleet/runs.ts';
import { Histogram } from '../../stats/histogram.ts';
import { LiveMerge } from './live-merge.ts';
import { readTicks } from './read-ticks.ts';

interface Row {
  readonly slice: number;
  readonly second: number;
  readonly tick: string;
}

function tick(second: number): string {
  const response = new Histogram();
  response.record(1e6);
  const counted = { completed: 1, errors: 0, bytes: 1, inFlight: 0, loopUtilisation: 0, late: 0 };
  return JSON.stringify({ second, ...counted, response: response.toDistribution() });
}

/** A store with these ticks in it, which gives out so many at a time, and notes what was handed out. */
function storeWith(rows: Row[], most: number) {
  const handed: Row[] = [];
  const query = async (_text: string, [, slices, known]: [string, number[], number[]]) => {
    const later = rows.filter(({ slice, second }) => second > known[slices.indexOf(slice)]!);
    const some = later.sort((a, b) => a.second - b.second || a.slice - b.slice).slice(0, most);
    handed.push(...some);
    return some;
  };
  return { run: { id: 'run', database: { query } } as unknown as RunHandle, handed };
}

test('what is no second is handed out once, and the rest is read on', async () => {
  const rows: Row[] = [
    { slice: 0, second: 0, tick: tick(0) },
    { slice: 1, second: 0, tick: 'x'.repeat(100) },
    { slice: 0, second: 1, tick: tick(1) },
    { slice: 1, second: 1, tick: tick(7) },
  ];
  const { run, handed } = storeWith(rows, 1);
  const merge = new LiveMerge(2, 10);
  assert.deepEqual([...(await readTicks(run, merge))], [1]);
  assert.equal(handed.length, 4);
  assert.deepEqual([...(await readTicks(run, merge))], []);
  assert.equal(handed.length, 4, 'nothing is read again');
  assert.equal(merge.take(new Set()).length, 2, 'the seconds of the other go on');
  rows.push({ slice: 0, second: 2, tick: tick(2) }, { slice: 1, second: 2, tick: tick(2) });
  assert.deepEqual([...(await readTicks(run, merge))], []);
  assert.deepEqual(
    merge.take(new Set()).map(({ raw }) => raw.completed),
    [2],
  );
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Feeder } from '../../model/scenario.ts';
import { dealer, feederProblem } from './feeder.ts';

const feeder = (order: Feeder['order'], rows: number): Feeder => ({
  name: 'users',
  order,
  rows: Array.from({ length: rows }, (_, row) => ({ row: String(row) })),
});

/** What each of W workers deals in so many draws, as row numbers; `null` where it is dry. */
function drawn(order: Feeder['order'], rows: number, workers: number, draws: number, seed = 1) {
  return Array.from({ length: workers }, (_, worker) => {
    const deal = dealer(feeder(order, rows), { worker, workers, firstUser: 0, seed });
    return Array.from({ length: draws }, () => {
      const row = deal.next(0);
      return row === null ? null : Number(row.row);
    });
  });
}

describe('sequential', () => {
  it('one worker: the order of the file, again and again', () => {
    assert.deepEqual(drawn('sequential', 3, 1, 7), [[0, 1, 2, 0, 1, 2, 0]]);
  });

  it('dealt in turns, the workers together draw the same sequence', () => {
    for (const [rows, workers] of [
      [10, 4],
      [7, 3],
      [2, 5],
      [1, 2],
    ] as const) {
      const each = drawn('sequential', rows, workers, 8);
      const together = Array.from({ length: 8 * workers }, (_, i) => each[i % workers]![Math.floor(i / workers)]);
      assert.deepEqual(
        together,
        Array.from({ length: 8 * workers }, (_, i) => i % rows),
        `${rows} / ${workers}`,
      );
    }
  });
});

describe('once', () => {
  it('each row once over all workers, then nothing', () => {
    for (const [rows, workers] of [
      [10, 4],
      [3, 5],
      [8, 1],
    ] as const) {
      const all = drawn('once', rows, workers, rows + 2).flat();
      const dealt = all.filter((row) => row !== null).sort((a, b) => a - b);
      assert.deepEqual(
        dealt,
        Array.from({ length: rows }, (_, i) => i),
      );
    }
    assert.deepEqual(drawn('once', 3, 2, 4), [
      [0, 2, null, null],
      [1, null, null, null],
    ]);
  });
});

describe('unique', () => {
  it('user u has row u, whichever worker it is on, every time', () => {
    const second = dealer(feeder('unique', 10), { worker: 1, workers: 2, firstUser: 5, seed: 1 });
    assert.deepEqual(
      [0, 4, 0].map((user) => second.next(user)),
      [{ row: '5' }, { row: '9' }, { row: '5' }],
    );
  });
});

describe('random', () => {
  it('repeats with the seed, differs between workers and feeders, reaches all rows', () => {
    const [first, second] = drawn('random', 10, 2, 400);
    assert.deepEqual(first, drawn('random', 10, 2, 400)[0]);
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(first, drawn('random', 10, 2, 400, 2)[0]);
    assert.equal(new Set(first).size, 10);
    const other = dealer({ ...feeder('random', 10), name: 'items' }, { worker: 0, workers: 2, firstUser: 0, seed: 1 });
    assert.notDeepEqual(
      first,
      Array.from({ length: 400 }, () => Number(other.next(0)!.row)),
    );
  });
});

describe('feederProblem', () => {
  it('too few rows for unique, or none at all', () => {
    assert.equal(feederProblem(feeder('unique', 10), 10), null);
    assert.equal(feederProblem(feeder('sequential', 1), 10), null);
    assert.equal(feederProblem(feeder('once', 0), 1), 'the feeder users has no rows');
    assert.equal(
      feederProblem(feeder('unique', 9), 10),
      'the feeder users gives each user a row of its own, and has 9 rows for 10 users',
    );
    assert.match(feederProblem(feeder('unique', 1), 2)!, /has 1 row for 2 users/);
  });
});

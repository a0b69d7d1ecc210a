import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counter } from '../../model/ledger.ts';
import type { LoadTick } from '../../model/load.ts';
import type { Reading } from './record.ts';
import { counterSeries, endedBetween, ledgerRows, tracksOf } from './rows.ts';

const cpu = (value: number, more: Partial<Counter> = {}): Counter => ({
  name: 'process.cpu.time',
  title: 'CPU time',
  unit: 's',
  labels: {},
  value,
  ...more,
});
const reading = (at: number, ...counters: Counter[]): Reading => ({ target: 'app', at, counters });
/** 100 requests a second. */
const timeline = (seconds: number): LoadTick[] =>
  Array.from({ length: seconds }, (_, i) => ({ at: i + 1, completed: 100 }) as LoadTick);
const rowsOf = (readings: readonly Reading[], duration = 4) =>
  ledgerRows(tracksOf(readings, duration), timeline(duration));

test('what was used between first and last reading, for each request that ended between them', () => {
  const [row, ...rest] = rowsOf([reading(0, cpu(10)), reading(1, cpu(11)), reading(4, cpu(14))]);
  assert.deepEqual(rest, []);
  assert.deepEqual([row!.total, row!.perRequest, row!.uncertainty], [4, 0.01, 0]);
});

test('a run that ended early, or was read late, is held against the requests of that time alone', () => {
  const [row] = rowsOf([reading(0.5, cpu(1)), reading(2.25, cpu(2.75))]);
  assert.ok(Math.abs(row!.perRequest - 0.01) < 1e-12);
  // What was read after the end of the measured part (clean-up, draining) does not count.
  const [cut] = rowsOf([reading(0, cpu(0)), reading(2, cpu(2)), reading(5, cpu(99))], 2);
  assert.equal(cut!.total, 2);
});

test('requests between two moments: parts of a second count evenly', () => {
  const uneven = [
    { at: 1, completed: 10 },
    { at: 2, completed: 100 },
    { at: 2.5, completed: 30 },
  ];
  assert.equal(endedBetween(uneven, 0, 9), 140);
  assert.equal(endedBetween(uneven, 0.5, 1.5), 55);
  assert.equal(endedBetween(uneven, 2.25, 2.5), 15);
  assert.equal(endedBetween(uneven, 3, 4), 0);
  assert.equal(endedBetween([], 0, 4), 0);
});

test('a counter that was reset, or was missing for a while, says nothing rather than something wrong', () => {
  assert.deepEqual(rowsOf([reading(0, cpu(10)), reading(1, cpu(1)), reading(4, cpu(12))]), []);
  const other = cpu(7, { name: 'process.io.write' });
  assert.equal(rowsOf([reading(0, cpu(10)), reading(2, cpu(11), other), reading(4, cpu(12), other)]).length, 1);
});

test('a target that could not be read for a moment is told over the rest', () => {
  const rows = rowsOf([reading(0, cpu(10)), reading(4, cpu(14)), { target: 'db', at: 2, counters: [cpu(1)] }]);
  assert.deepEqual(
    rows.map(({ target }) => target),
    ['app'],
  );
});

test('no requests, or a single reading, is no cost a request', () => {
  assert.deepEqual(ledgerRows(tracksOf([reading(0, cpu(1)), reading(1, cpu(2))], 1), []), []);
  assert.deepEqual(rowsOf([reading(0, cpu(1))]), []);
});

test('how far off a figure may be: the grain of both readings, and what may be behind', () => {
  const grained = rowsOf([reading(0, cpu(0, { grain: 0.03 })), reading(4, cpu(1, { grain: 0.04 }))]);
  assert.ok(Math.abs(grained[0]!.uncertainty - 0.05) < 1e-12);
  const late = rowsOf([reading(0, cpu(0, { lag: 1 })), reading(4, cpu(1, { lag: 1 }))]);
  assert.equal(late[0]!.uncertainty, 0.25);
  assert.equal(rowsOf([reading(0, cpu(0, { grain: 1 })), reading(4, cpu(0, { grain: 1 }))])[0]!.uncertainty, 0);
});

test('labels keep counters of one name apart', () => {
  const of = (disk: string, value: number) => cpu(value, { name: 'io', labels: { disk } });
  const rows = rowsOf([reading(0, of('a', 0), of('b', 5)), reading(4, of('b', 6), of('a', 2))]);
  assert.deepEqual(rows.map(({ labels, total }) => [labels.disk, total]).sort(), [
    ['a', 2],
    ['b', 1],
  ]);
});

test('as rates over time: seconds a second are cores in use; what matters most comes first', () => {
  const faults = (value: number) => cpu(value, { name: 'process.page-faults.minor', unit: '{count}' });
  const waits = (value: number) => cpu(value, { name: 'host.cpu.pressure' });
  const queries = (value: number) => cpu(value, { name: 'postgresql.statement.time' });
  const all = (n: number) => [faults(n), waits(n / 4), queries(n / 2), cpu(n)];
  const series = counterSeries(tracksOf([reading(0, ...all(0)), reading(1, ...all(1)), reading(3, ...all(2))], 3));
  assert.deepEqual(
    series.map(({ name, unit, points }) => [name, unit, points]),
    [
      [
        'process.cpu.time',
        '1',
        [
          [1, 1],
          [3, 0.5],
        ],
      ],
      [
        'postgresql.statement.time',
        '1',
        [
          [1, 0.5],
          [3, 0.25],
        ],
      ],
      [
        'host.cpu.pressure',
        '1',
        [
          [1, 0.25],
          [3, 0.125],
        ],
      ],
      [
        'process.page-faults.minor',
        '1/s',
        [
          [1, 1],
          [3, 0.5],
        ],
      ],
    ],
  );
});

test('a rate over a reset is left out, those beside it are not', () => {
  const [series] = counterSeries(
    tracksOf([reading(0, cpu(5)), reading(1, cpu(6)), reading(2, cpu(0)), reading(3, cpu(1))], 3),
  );
  assert.deepEqual(series!.points, [
    [1, 1],
    [3, 1],
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerTiming } from './server-timing.ts';

function read(...values: string[]): number {
  const timing = new ServerTiming();
  for (const value of values) {
    const bytes = Buffer.from(`xx${value};dur=9999`, 'latin1');
    timing.read(bytes, 2, 2 + value.length);
  }
  return timing.ms;
}

const cases: [value: string | string[], ms: number][] = [
  ['total;dur=12.5', 12.5],
  ['TOTAL ; Dur = 3 ', 3],
  ['db;dur=53, app;dur=47.2', 53],
  ['db;dur=53,total;desc="all, of; it";dur=20,cache;dur=80', 20],
  [['db;dur=53', 'total;dur=60', 'edge;dur=99'], 60],
  [['db;dur=5', 'app;dur=7'], 7],
  ['db;dur="4.25"', 4.25],
  ['cache;desc="a \\" , total;dur=1";dur=2', 2],
  ['total;dur=0', 0],
  ['db;dur=1;dur=7', 1],
  ['db;dur=.5', 0.5],
  ['miss', Number.NaN],
  ['', Number.NaN],
  ['db;dur=', Number.NaN],
  ['db;dur=-5', Number.NaN],
  ['db;dur=1.2.3', Number.NaN],
  ['db;dur=1e3', Number.NaN],
  ['db;duration=5', Number.NaN],
  ['total;desc="unfinished, db;dur=5', Number.NaN],
  ['db;dur=12345678901234567890', Number.NaN],
  ['db;dur=0.12345678901234567890', 0.12345678901234],
  [',,;;=,total;dur=1', 1],
];

for (const [value, ms] of cases) {
  test(`Server-Timing: ${JSON.stringify(value)}`, () => {
    const got = read(...[value].flat());
    if (Number.isNaN(ms)) assert.ok(Number.isNaN(got), String(got));
    else assert.ok(Math.abs(got - ms) < 1e-9, String(got));
  });
}

test('one reader serves many responses', () => {
  const timing = new ServerTiming();
  const one = Buffer.from('total;dur=5');
  timing.read(one, 0, one.length);
  timing.reset();
  assert.ok(Number.isNaN(timing.ms));
});

function database(...values: string[]): number {
  const timing = new ServerTiming();
  for (const value of values) timing.read(Buffer.from(value, 'latin1'), 0, value.length);
  return timing.databaseMs;
}

const databases: [values: string[], ms: number][] = [
  [['db;dur=5.5, app;dur=7, total;dur=13'], 5.5],
  [['total;dur=13, sql-read;dur=2, sql-write;dur=3', 'Redis;dur=0.5'], 5.5],
  [['SQLite;desc="two, of them";dur=1', ' postgresql ;dur=2'], 3],
  [['mysql;dur=1, mongodb;dur=2, pg;dur=4, cache;dur=8, database;dur=16'], 31],
  [['db;dur=0'], 0],
  [['db;desc=unknown, app;dur=3'], Number.NaN],
  [['app;dur=3, nodb;dur=5, d;dur=2, p\x67'], Number.NaN],
  [['db;dur=1e3'], Number.NaN],
  [['', ',,;;='], Number.NaN],
];

for (const [values, ms] of databases) {
  test(`database time in Server-Timing: ${JSON.stringify(values)}`, () => {
    const got = database(...values);
    if (Number.isNaN(ms)) assert.ok(Number.isNaN(got), String(got));
    else assert.ok(Math.abs(got - ms) < 1e-9, String(got));
  });
}

test('a reset also forgets what databases took', () => {
  const timing = new ServerTiming();
  const one = Buffer.from('db;dur=5');
  timing.read(one, 0, one.length);
  timing.reset();
  assert.ok(Number.isNaN(timing.databaseMs));
});

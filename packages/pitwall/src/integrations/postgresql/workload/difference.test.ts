import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, type Snapshot, snapshotFrom, snapshotJson } from './counters.ts';
import { differenceOf } from './difference.ts';
import { readSnapshot } from './snapshot.ts';

const entry = (calls: number, more: Partial<Entry> = {}): Entry => ({
  calls,
  seconds: calls / 100,
  plans: 0,
  planSeconds: 0,
  rows: calls,
  cacheHit: 8192 * calls,
  read: 0,
  dirtied: 0,
  written: 0,
  tempRead: 0,
  tempWritten: 0,
  log: 0,
  ioSeconds: 0,
  maxSeconds: 0.5,
  since: null,
  ...more,
});
const snapshot = (at: number, entries: Record<string, Entry>, more: Partial<Snapshot> = {}): Snapshot => ({
  at,
  origin: 'server/1',
  resetAt: 10,
  evictions: 0,
  entries: new Map(Object.entries(entries)),
  ...more,
});

test('what was counted between two readings; the longest only when it is of that time', () => {
  const before = snapshot(100, { a: entry(10), b: entry(5), c: entry(7) });
  const now = snapshot(160, { a: entry(30), b: entry(5), c: entry(8, { maxSeconds: 2 }), d: entry(4) });
  const { entries, window, since, missing } = differenceOf(before, now);
  assert.deepEqual([...entries.keys()], ['a', 'c', 'd']);
  assert.deepEqual([window, since, missing], [60, 100, []]);
  const [a, c, d] = ['a', 'c', 'd'].map((key) => entries.get(key)!);
  assert.deepEqual([a!.calls, a!.maxSeconds], [20, null]);
  assert.ok(Math.abs(a!.seconds - 0.2) < 1e-9);
  assert.deepEqual([c!.calls, c!.maxSeconds, d!.calls, d!.maxSeconds], [1, 2, 4, 0.5]);
});

test('since the reset, when there is nothing before', () => {
  const { entries, window, missing } = differenceOf(null, snapshot(100, { a: entry(10), b: entry(0) }));
  assert.deepEqual([...entries.keys()], ['a']);
  assert.deepEqual([window, missing], [90, []]);
  assert.match(differenceOf(null, snapshot(100, {}, { resetAt: null })).missing.join(), /too old to say since when/);
});

test('a reset, another server, a clock that went back: counted is since the counters began, and that is said', () => {
  const before = snapshot(100, { a: entry(10) });
  const reset = differenceOf(before, snapshot(160, { a: entry(12) }, { resetAt: 120 }));
  assert.deepEqual([reset.entries.get('a')!.calls, reset.window], [12, 40]);
  assert.match(reset.missing.join(), /were reset/);
  assert.match(
    differenceOf(before, snapshot(160, {}, { origin: 'server/2' })).missing.join(),
    /another database or server/,
  );
  assert.match(differenceOf(before, snapshot(90, {})).missing.join(), /another database or server/);
});

test('entries that were evicted and came back, or are gone: what is lost is said', () => {
  const before = snapshot(100, { a: entry(10), b: entry(50), c: entry(5, { since: 20 }) });
  const now = snapshot(160, { a: entry(3), c: entry(9, { since: 130 }) }, { evictions: 2 });
  const { entries, evictions, missing } = differenceOf(before, now);
  assert.deepEqual([entries.get('a')!.calls, entries.get('c')!.calls, evictions], [3, 9, 2]);
  assert.match(
    missing.join(' '),
    /2 entries began anew.*what they had.*1 entry of the earlier reading is gone: what it counted.*evicted 2 times/s,
  );
});

test('a snapshot survives JSON; what is none gives null', () => {
  const one = snapshot(100, { 'a/1': entry(10, { since: 5 }), 'b/1': entry(2) });
  assert.deepEqual(snapshotFrom(JSON.parse(JSON.stringify(snapshotJson(one)))), one);
  const json = JSON.parse(JSON.stringify(snapshotJson(one)));
  for (const bad of [
    null,
    7,
    [],
    {},
    { ...json, format: 2 },
    { ...json, at: 'x' },
    { ...json, entries: { a: [1] } },
    { ...json, entries: { a: Array(15).fill('x') } },
    { ...json, entries: [] },
  ]) {
    assert.equal(snapshotFrom(bad), null, JSON.stringify(bad));
  }
});

test('columns by version of the extension: 1.8 (PostgreSQL 13) to 1.12 (18)', async () => {
  const asked = async (version: number) => {
    const texts: string[] = [];
    const rows = [{ at: 5, origin: 'x', resetAt: null, evictions: null }];
    const query = async (text: string) => {
      texts.push(text);
      return (texts.length === 1 ? rows : []) as never;
    };
    const { snapshot: empty } = await readSnapshot({ query }, { schema: '"my ext"', version }, true);
    assert.equal(empty.entries.size, 0);
    return texts.join('\n');
  };
  const [oldest, usual, renamed, newest] = await Promise.all([8, 10, 11, 12].map(asked));
  for (const text of [oldest, usual, renamed, newest]) assert.match(text!, /FROM "my ext"\.pg_stat_statements\(true\)/);
  assert.doesNotMatch(oldest!, /toplevel AS|s\.toplevel|_info|stats_since|shared_blk_read_time/);
  assert.match(usual!, /s\.toplevel.*s\.blk_read_time/s);
  assert.match(usual!, /pg_stat_statements_info/);
  assert.match(renamed!, /s\.shared_blk_read_time.*s\.stats_since/s);
  assert.equal(newest, renamed);
});

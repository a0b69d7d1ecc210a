import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { Workload } from '../../../model/database.ts';
import type { Json } from '../../../model/json.ts';
import { liveContext } from '../../_proc/testing.ts';
import { workload as collector } from '../collectors/workload.ts';
import { connectPostgresql, type PostgresqlConnection } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import type { Entry, Snapshot } from './counters.ts';
import { differenceOf } from './difference.ts';
import { readWorkload } from './index.ts';
import { leaveOutOwnLoad, watchOwnLoad, withoutOwnLoad } from './own-load.ts';
import { knownJson, knownLoads, type OwnLoadWindow, withWindow } from './own-load-json.ts';

suite('load of trials on a real server', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({ settings: { shared_preload_libraries: 'pg_stat_statements' } });

  interface Shop {
    readonly connection: PostgresqlConnection;
    /** Calls of the application. */
    ask(times: number, column?: string): Promise<void>;
    /** The same as the load of a trial. */
    load(known: Json, work: () => Promise<void>): Promise<Json>;
    look(previous?: Json): Promise<Workload>;
    query(sql: string): Promise<unknown>;
  }

  async function using(work: (shop: Shop) => Promise<void>, extension = true): Promise<void> {
    const url = await postgresql.server.createDatabase();
    const application = new pg.Client(url);
    await application.connect();
    const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    const context = liveContext(0);
    try {
      if (extension) await application.query('CREATE EXTENSION pg_stat_statements');
      await application.query(
        'CREATE TABLE orders AS SELECT i AS id, i % 100 AS customer FROM generate_series(1, 2000) i',
      );
      if (extension) await application.query('SELECT pg_stat_statements_reset()');
      await work({
        connection,
        async ask(times, column = 'customer') {
          for (let i = 0; i < times; i++) await application.query(`SELECT id FROM orders WHERE ${column} = $1`, [i]);
        },
        async load(known, run) {
          const end = await watchOwnLoad(connection, context);
          await run();
          return end(known);
        },
        look: (previous = null) => readWorkload(connection, { previous, watch: 0 }, context),
        query: (sql) => application.query(sql),
      });
    } finally {
      await application.end();
      await connection.close();
    }
  }

  const callsOf = ({ statements }: Workload, column: string) =>
    statements.find(({ text }) => text.includes(`WHERE ${column} =`))?.calls ?? 0;

  test('what a load asked is left out of what follows, its time with it, and that is said', () =>
    using(async ({ connection, ask, load, look }) => {
      await ask(10);
      const before = await look();
      let known = await load(null, async () => {
        await ask(200);
        await ask(30, 'id');
        await new Promise((resolve) => setTimeout(resolve, 300));
      });
      await ask(5);
      known = await load(known, () => ask(40));
      await ask(2);
      const all = await look();
      assert.deepEqual([callsOf(all, 'customer'), callsOf(all, 'id')], [257, 30]);

      leaveOutOwnLoad(connection, JSON.parse(JSON.stringify(known)));
      const rest = await look();
      assert.deepEqual([callsOf(rest, 'customer'), callsOf(rest, 'id')], [17, 0]);
      const { ownLoad, missing, calls } = rest.sources[0]!;
      assert.deepEqual([ownLoad!.calls, missing], [270, []]);
      assert.ok(ownLoad!.seconds > 0 && ownLoad!.window > 0.3, JSON.stringify(ownLoad));
      assert.ok(calls < all.sources[0]!.calls - 260);
      assert.ok(rest.window! < all.window! - 0.2, `${rest.window} ${all.window}`);
      const [statement] = rest.statements.filter(({ text }) => text.includes('WHERE customer'));
      assert.ok(statement!.seconds! > 0 && statement!.rows! > 0 && statement!.io!.cacheHit > 0);

      const since = await look(before.snapshot);
      assert.deepEqual([callsOf(since, 'customer'), callsOf(since, 'id')], [7, 0]);
      assert.equal(since.sources[0]!.ownLoad!.calls, 270);
      const later = await look(rest.snapshot);
      assert.deepEqual([callsOf(later, 'customer'), later.sources[0]!.ownLoad], [0, undefined]);
    }));

  test('rules weigh what the look does: the collector leaves it out, too', () =>
    using(async ({ connection, ask, load }) => {
      await ask(10);
      leaveOutOwnLoad(connection, await load(null, () => ask(500)));
      const { facts = [] } = await collector.collect(connection, liveContext(0));
      const [statement] = facts.filter(
        ({ kind, value }) =>
          kind === 'postgresql.statement' && (value as { text: string }).text.includes('WHERE customer'),
      );
      assert.equal((statement!.value as { calls: number }).calls, 10);
    }));

  test('a look in the middle of a load, or counters that could not be read: its load is said to be in it', () =>
    using(async ({ connection, ask, load, look }) => {
      let middle: Json = null;
      let known = await load(null, async () => {
        await ask(20);
        middle = (await look()).snapshot;
        await ask(20);
      });
      leaveOutOwnLoad(connection, known);
      const half = await look(middle);
      assert.equal(callsOf(half, 'customer'), 20);
      assert.match(half.sources[0]!.missing.join(), /contains the load of 1 block of Pitwall’s own trials/);
      assert.equal(callsOf(await look(), 'customer'), 0);

      const query = connection.query;
      known = await load(known, async () => {
        await ask(7);
        connection.query = async () => {
          throw new Error('the server has gone away');
        };
      });
      connection.query = query;
      leaveOutOwnLoad(connection, known);
      const lost = await look();
      assert.equal(callsOf(lost, 'customer'), 7);
      assert.match(lost.sources[0]!.missing.join(), /contains the load of 1 block/);
    }));

  test('after a reset nothing of it is left to be taken off; a reset within a load leaves its rest', () =>
    using(async ({ connection, ask, load, look, query }) => {
      const known = await load(null, () => ask(50));
      leaveOutOwnLoad(connection, known);
      await query('SELECT pg_stat_statements_reset()');
      await ask(60);
      const { statements, sources } = await look();
      assert.equal(callsOf({ statements } as Workload, 'customer'), 60);
      assert.deepEqual([sources[0]!.ownLoad, sources[0]!.missing], [undefined, []]);

      const again = await load(known, async () => {
        await ask(9);
        await query('SELECT pg_stat_statements_reset()');
        await ask(11);
      });
      await ask(3);
      leaveOutOwnLoad(connection, again);
      const rest = await look();
      assert.deepEqual([callsOf(rest, 'customer'), rest.sources[0]!.ownLoad!.calls >= 11], [3, true]);
    }));

  test('an entry that was thrown out and came back does not lose what users asked since then', () =>
    using(async ({ connection, ask, load, look, query }) => {
      const known = await load(null, () => ask(50));
      await query(
        "SELECT pg_stat_statements_reset(s.userid, s.dbid, s.queryid) FROM pg_stat_statements s WHERE query LIKE '%WHERE customer =%' AND query NOT LIKE '%reset%'",
      );
      await ask(6);
      leaveOutOwnLoad(connection, known);
      assert.equal(callsOf(await look(), 'customer'), 6);
    }));

  test('without pg_stat_statements there is nothing to leave out', () =>
    using(async ({ connection, ask, load, look }) => {
      const known = await load(null, () => ask(3));
      assert.equal(known, null);
      leaveOutOwnLoad(connection, known);
      assert.deepEqual((await look()).statements, []);
    }, false));
});

const entry = (calls: number, maxSeconds = 0.5): Entry => ({
  calls,
  seconds: calls / 100,
  plans: 0,
  planSeconds: 0,
  rows: calls,
  cacheHit: 0,
  read: 0,
  dirtied: 0,
  written: 0,
  tempRead: 0,
  tempWritten: 0,
  log: 0,
  ioSeconds: 0,
  maxSeconds,
  since: null,
});
const snapshot = (at: number, calls: number, maxSeconds?: number): Snapshot => ({
  at,
  origin: 'server/1',
  resetAt: 10,
  evictions: 0,
  entries: new Map([['a/1', entry(calls, maxSeconds)]]),
});
function windowAt(from: number, calls: number, end: number, maxSeconds: number | null = null): OwnLoadWindow {
  const { since: _, ...counters } = entry(calls);
  return { from, to: from + 1, seconds: 1, entries: new Map([['a/1', { ...counters, maxSeconds, end }]]) };
}

test('a longest call is told only when it is not the load’s', () => {
  const longest = (own: number | null, now: number) => {
    const connection = {} as PostgresqlConnection;
    const known = withWindow(knownLoads(null), windowAt(20, 10, 15, own), snapshot(21, 15));
    leaveOutOwnLoad(connection, knownJson(known));
    const at = { before: null, now: snapshot(50, 40, now) };
    const { difference } = withoutOwnLoad(connection, differenceOf(null, at.now), at, () => true);
    return difference.entries.get('a/1')!.maxSeconds;
  };
  assert.deepEqual([longest(null, 0.5), longest(0.5, 0.5), longest(0.5, 2)], [0.5, null, 2]);
});

test('hundreds of loads are kept in bounds, and nothing of them is forgotten', () => {
  let known = knownLoads(null);
  for (let i = 1; i <= 300; i++) known = withWindow(known, windowAt(20 + 2 * i, 3, 4 * i), snapshot(21 + 2 * i, 4 * i));
  const read = knownLoads(JSON.parse(JSON.stringify(knownJson(known))));
  assert.deepEqual(read, known);
  assert.equal(read.windows.length, 100);
  const connection = {} as PostgresqlConnection;
  leaveOutOwnLoad(connection, knownJson(known));
  const at = { before: null, now: snapshot(1000, 1300) };
  const { difference, ownLoad } = withoutOwnLoad(connection, differenceOf(null, at.now), at, () => true);
  assert.equal(difference.entries.get('a/1')!.calls, 400);
  assert.deepEqual([ownLoad!.calls, ownLoad!.window, difference.window], [900, 300, 690]);
  // More than there is cannot be taken off.
  const small = { before: snapshot(21, 1290), now: snapshot(1000, 1300) };
  assert.deepEqual(
    [...withoutOwnLoad(connection, differenceOf(small.before, small.now), small, () => true).difference.entries],
    [],
  );
});

test('loads of very many statements are kept in bounds, too', () => {
  let known = knownLoads(null);
  const { since: _, ...counters } = entry(2);
  const entries = new Map(Array.from({ length: 5000 }, (_, i) => [`${i}/1`, { ...counters, end: 1000 }]));
  for (let i = 1; i <= 10; i++) {
    known = withWindow(known, { from: 20 + 2 * i, to: 21 + 2 * i, seconds: 1, entries }, snapshot(21 + 2 * i, 1));
  }
  assert.equal(known.windows.length, 4);
  assert.ok(JSON.stringify(knownJson(known)).length < 3e6);
  const [oldest] = known.windows;
  assert.deepEqual([oldest!.seconds, oldest!.from, oldest!.to], [7, 22, 35]);
});

test('what is none gives nothing', () => {
  const json = JSON.parse(JSON.stringify(knownJson(withWindow(knownLoads(null), windowAt(20, 1, 1), snapshot(21, 1)))));
  const [window] = json.windows;
  for (const bad of [
    7,
    [],
    {},
    { ...json, format: 2 },
    { ...json, origin: 7 },
    { ...json, windows: [{ ...window, from: 'x' }] },
    { ...json, windows: [{ ...window, entries: { a: [1] } }] },
    { ...json, windows: [{ ...window, entries: 7 }] },
  ])
    assert.deepEqual(knownLoads(bad).windows, [], JSON.stringify(bad));
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { DatabaseState } from '../../model/database-state.ts';
import type { Collected } from '../../model/integration.ts';
import type { Gap } from '../../model/observation.ts';
import { liveContext } from '../_proc/testing.ts';
import { counters } from './collectors/counters.ts';
import { indexesUpTo } from './collectors/indexes.ts';
import { MOST_TABLES } from './collectors/relations.ts';
import { serverCounters } from './collectors/server-counters.ts';
import { sessions } from './collectors/sessions.ts';
import { settings } from './collectors/settings.ts';
import { status } from './collectors/status.ts';
import { tablesUpTo } from './collectors/tables.ts';
import { connectPostgresql } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { stateOf } from './state.ts';

const EVIL = '"Robert\'); DROP TABLE students;--.\u001b[31m"';

/** What is in it can be asked of the server in another way. */
const SHOP = `
  CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, note text);
  INSERT INTO orders SELECT i, i % 100, repeat('x', 60) FROM generate_series(1, 30000) i;
  CREATE INDEX ON orders (customer);
  CREATE TABLE papers (id int PRIMARY KEY, body text);
  ALTER TABLE papers ALTER body SET STORAGE EXTERNAL;
  INSERT INTO papers SELECT i, repeat('long ', 4000) FROM generate_series(1, 40) i;
  CREATE TABLE events (at int NOT NULL, what text) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (at);
  CREATE TABLE events_1_1 PARTITION OF events_1 FOR VALUES FROM (0) TO (500);
  CREATE TABLE events_1_2 PARTITION OF events_1 FOR VALUES FROM (500) TO (1000);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1000) TO (2000);
  CREATE INDEX ON events (at);
  CREATE INDEX ON events_2 (what);
  INSERT INTO events SELECT i % 2000, 'event' FROM generate_series(1, 6000) i;
  CREATE TABLE ${EVIL} (id int);
  ANALYZE`;

suite('what a PostgreSQL database keeps', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql();

  async function seen(url: string, most: number = MOST_TABLES): Promise<{ state: DatabaseState; gaps: Gap[] }> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    const all: Required<{ -readonly [K in keyof Collected]: NonNullable<Collected[K]>[number][] }> = {
      facts: [],
      samples: [],
      gaps: [],
    };
    const collectors = [status, counters, settings, serverCounters, sessions, tablesUpTo(most), indexesUpTo(most)];
    try {
      for (const collector of collectors) {
        const { facts = [], samples = [], gaps = [] } = await collector.collect(connection, liveContext(0));
        all.facts.push(...facts);
        all.samples.push(...samples);
        all.gaps.push(...gaps);
      }
    } finally {
      await connection.close();
    }
    return { state: stateOf(all), gaps: all.gaps };
  }

  test('sizes are those that the server tells when it is asked for each', async () => {
    const url = await postgresql.server.createDatabase('sizes');
    await postgresql.server.query(SHOP, [], 'sizes');
    const { storage } = (await seen(url)).state;
    const bytes = async (...of: string[]) => {
      const [row] = await postgresql.server.query<{ sum: number }>(
        'SELECT sum(pg_relation_size(n::regclass))::float8 AS sum FROM unnest($1::text[]) n',
        [of],
        'sizes',
      );
      return row!.sum;
    };
    const [toast] = await postgresql.server.query<{ name: string }>(
      `SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE oid = 'papers'::regclass`,
      [],
      'sizes',
    );
    const leaves = ['events_1_1', 'events_1_2', 'events_2'];
    assert.deepEqual(storage!.tables, [
      {
        name: 'public.orders',
        bytes: await bytes('orders'),
        indexBytes: await bytes('orders_pkey', 'orders_customer_idx'),
        indexes: 2,
        partitions: 0,
        rows: 30_000,
      },
      {
        name: 'public.papers',
        bytes: await bytes('papers', toast!.name),
        indexBytes: await bytes('papers_pkey'),
        indexes: 1,
        partitions: 0,
        rows: 40,
      },
      {
        name: 'public.events',
        bytes: await bytes(...leaves),
        indexBytes: await bytes(...leaves.map((leaf) => `${leaf}_at_idx`), 'events_2_what_idx'),
        indexes: 2,
        partitions: 3,
        rows: 6_000,
      },
      {
        name: `public."${EVIL.slice(1, -1)}"`,
        bytes: 0,
        indexBytes: 0,
        indexes: 0,
        partitions: 0,
        rows: 0,
      },
    ]);
    const sum = (of: 'bytes' | 'indexBytes') => storage!.tables.reduce((total, table) => total + table[of], 0);
    assert.deepEqual(storage!.total, { tables: 4, bytes: sum('bytes'), indexes: 5, indexBytes: sum('indexBytes') });
    const [whole] = await postgresql.server.query<{ bytes: number }>(
      "SELECT pg_database_size('sizes')::float8 AS bytes",
      [],
      'sizes',
    );
    // The server writes to its own catalogues meanwhile.
    assert.ok(Math.abs(storage!.bytes! / whole!.bytes - 1) < 0.05, `${storage!.bytes} of ${whole!.bytes}`);
    assert.deepEqual(storage!.missing, []);
  });

  test('of very many tables the largest are named, and the others are counted', async () => {
    const url = await postgresql.server.createDatabase('tenants');
    await postgresql.server.query(
      `DO $$ BEGIN FOR i IN 1..230 LOOP
         EXECUTE format('CREATE SCHEMA tenant_%s', i);
         EXECUTE format('CREATE TABLE tenant_%s.items AS SELECT repeat(%L, 100) AS t FROM generate_series(1, %s)', i, 'x', i);
       END LOOP; END $$`,
      [],
      'tenants',
    );
    const { storage } = (await seen(url)).state;
    const pages = (rows: number) => Math.ceil(rows / 64);
    assert.equal(storage!.tables.length, 200);
    assert.equal(storage!.total.tables, 230);
    assert.ok(storage!.tables[0]!.bytes >= 3 * 8192 && storage!.tables[0]!.bytes >= storage!.tables.at(-1)!.bytes);
    assert.ok(storage!.total.bytes >= 8192 * 230 && storage!.total.bytes <= 8192 * 230 * (pages(230) + 1));
    const few = (await seen(url, 50)).state.storage!;
    assert.equal(few.total.tables, 50);
    assert.match(few.missing.join(), /180 smaller tables were left out/);
  });

  test('connections by who they are, against the limit; the cache by what was asked for', async () => {
    const url = await postgresql.server.createDatabase('busy');
    await postgresql.server.query('CREATE TABLE t AS SELECT generate_series(1, 20000) AS i', [], 'busy');
    const open = async (name: string) => {
      const client = new pg.Client({ connectionString: url, application_name: name });
      await client.connect();
      return client;
    };
    const clients = await Promise.all(['web', 'web', 'web', 'reports', ''].map(open));
    try {
      await clients[3]!.query('BEGIN; SELECT sum(i) FROM t');
      await clients[0]!.query('SELECT sum(i) FROM t');
      const { connections, cache } = (await seen(url)).state;
      const [limit] = await postgresql.server.query<{ n: number }>(
        "SELECT current_setting('max_connections')::int AS n",
      );
      assert.equal(connections!.limit, limit!.n);
      const count = (groups: readonly { name: string; count: number }[], name: string) =>
        groups.find((group) => group.name === name)?.count;
      assert.deepEqual([count(connections!.applications, 'web'), count(connections!.applications, 'reports')], [3, 1]);
      assert.deepEqual(
        [count(connections!.databases, 'busy'), count(connections!.states, 'idle in transaction')],
        [5, 1],
      );
      for (const by of ['states', 'users', 'applications', 'databases'] as const) {
        const sum = connections![by].reduce((total, group) => total + group.count, 0);
        assert.equal(sum, connections!.used, by);
      }
      assert.deepEqual([connections!.hidden, connections!.missing], [0, []]);
      assert.ok(cache!.all!.hit > 0 && cache!.all!.hit >= cache!.tables!.hit);
      assert.match(cache!.notes.join(), /shared_buffers is \d+/);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  test('a role without rights is told what it does not see, and has the rest', async () => {
    const url = await postgresql.server.createDatabase('closed');
    for (const sql of [
      "CREATE ROLE nobody_special LOGIN PASSWORD 'n'",
      'REVOKE CONNECT ON DATABASE closed FROM PUBLIC',
      'GRANT CONNECT ON DATABASE closed TO nobody_special',
      'CREATE TABLE t AS SELECT generate_series(1, 20000) AS i',
    ])
      await postgresql.server.query(sql, [], 'closed');
    const other = new pg.Client({ connectionString: url, application_name: 'secretive' });
    await other.connect();
    try {
      const at = new URL(url);
      at.username = 'nobody_special';
      at.password = 'n';
      const { storage, connections } = (await seen(at.href)).state;
      assert.deepEqual([storage!.tables[0]!.name, storage!.tables[0]!.bytes > 0], ['public.t', true]);
      assert.ok(connections!.hidden >= 1);
      assert.ok(connections!.states.some(({ name }) => name === 'hidden'));
      assert.match(connections!.missing.join(), /GRANT pg_monitor/);
    } finally {
      await other.end();
    }
  });
});

test('nothing was seen: no table, and why; no connections are no zero', () => {
  const gaps = [{ what: 'postgresql/tables', why: 'it took too long' }];
  const state = stateOf({ facts: [], samples: [], gaps });
  assert.deepEqual(Object.keys(state), ['storage']);
  assert.deepEqual(
    [state.storage!.tables, state.storage!.bytes, state.storage!.missing],
    [[], null, ['it took too long']],
  );
});

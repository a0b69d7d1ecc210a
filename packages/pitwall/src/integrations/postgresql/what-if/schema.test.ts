import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { AnalysisSession } from '../analysis.ts';
import { connectPostgresql } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import { readSchema } from './schema.ts';

suite('Tables as the advisor knows them', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({}, async (server) => {
    await server.query(`CREATE TABLE kinds (
      id bigint, short varchar(64), long varchar(4000), code char(8), note text, data jsonb, bits bytea, tags text[], price numeric, at timestamptz)`);
    await server.query('CREATE TEMPORARY TABLE passing (id int)');
  });

  test('which columns may hold what no index entry can; catalogues and temporary tables are none of ours', async () => {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url: postgresql.server.url() }), '/');
    try {
      const { tables } = await connection.analyse(
        (session) =>
          readSchema(session, [
            'kinds',
            'pg_class',
            'pg_catalog.pg_class',
            'information_schema.sql_features',
            'passing',
          ]),
        new AbortController().signal,
      );
      assert.deepEqual(
        tables.map(({ name }) => name),
        ['public.kinds'],
      );
      const unbounded = tables[0]!.columns.filter((column) => column.unbounded).map(({ name }) => name);
      assert.deepEqual(unbounded, ['long', 'note', 'data', 'bits', 'tags']);
    } finally {
      await connection.close();
    }
  });

  /** Tables by name, as a session of an application with this search path sees them. */
  async function read(database: string, names: readonly string[], options: Record<string, unknown> = {}) {
    const url = postgresql.server.url(database);
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...options }), '/');
    try {
      return await connection.analyse((session) => readSchema(session, names), new AbortController().signal);
    } finally {
      await connection.close();
    }
  }

  test('hundreds of schemas with tables of the same names, in catalogues that were never analysed', async () => {
    await postgresql.server.createDatabase('tenants');
    const tables = ['users', 'orders', 'items', 'events', 'invoices', 'tasks', 'notes', 'files'];
    const make = Array.from({ length: 400 }, (_, tenant) => {
      const each = tables.map(
        (table) => `CREATE TABLE tenant_${tenant}.${table} (id int${table === 'users' ? ' PRIMARY KEY' : ''})`,
      );
      return ['BEGIN', `CREATE SCHEMA tenant_${tenant}`, ...each, 'COMMIT'].join('; ');
    });
    // In one transaction all their locks would not find room.
    await postgresql.server.query(make.join('; '), [], 'tenants');
    const names = make.flatMap((_, tenant) => tables.map((table) => `tenant_${tenant}.${table}`));
    // Gives up by itself far before the five seconds of a question: 4 s for 400 names when it looked at each table of a name.
    const found = await read('tenants', names, { statementTimeout: 2 });
    assert.deepEqual(new Set(found.tables.map(({ name }) => name)), new Set(names));
    assert.ok(found.tables.every(({ name, indexes }) => indexes.length === (name.endsWith('.users') ? 1 : 0)));
    const [users] = (await read('tenants', ['users'], { searchPath: 'nowhere, tenant_7, tenant_3' })).tables;
    assert.equal(users!.name, 'tenant_7.users');
  });

  test('names as the search path finds them, partitions, counters, and names that are meant to harm', async () => {
    await postgresql.server.createDatabase('names');
    await postgresql.server.query(
      `CREATE SCHEMA a; CREATE SCHEMA "b.c"; CREATE SCHEMA "x'); DROP TABLE a.t; --";
       CREATE TABLE a.t (id int PRIMARY KEY, v int); CREATE TABLE "b.c".t (id int); CREATE TABLE "b.c"."T""t" (id int);
       CREATE TABLE "x'); DROP TABLE a.t; --"."$1" (id int);
       CREATE VIEW a.hidden AS SELECT 1 AS id; CREATE TABLE "b.c".hidden (id int);
       CREATE MATERIALIZED VIEW a.seen AS SELECT 1 AS id;
       CREATE TABLE a.parts (id int) PARTITION BY RANGE (id); CREATE TABLE a.none (id int) PARTITION BY RANGE (id);
       CREATE TABLE a.low PARTITION OF a.parts FOR VALUES FROM (0) TO (10);
       CREATE TABLE "b.c".high PARTITION OF a.parts FOR VALUES FROM (10) TO (20)`,
      [],
      'names',
    );
    await postgresql.server.query('INSERT INTO a.t SELECT i, i FROM generate_series(1, 1000) i', [], 'names');
    await postgresql.server.query('UPDATE a.t SET v = 0 WHERE id <= 10', [], 'names');
    await postgresql.server.query('INSERT INTO a.parts SELECT i FROM generate_series(5, 14) i', [], 'names');
    const names = [
      't',
      'T',
      '"b.c".t',
      '"b.c"."T""t"',
      `"x'); DROP TABLE a.t; --".$1`,
      'hidden',
      'seen',
      'parts',
      'none',
    ];
    const asked = [...names, 'a.t', 'a.absent', 'absent.t', 'pg_type'];
    const { tables, sized } = await read('names', asked, { searchPath: 'a, "b.c"' });
    // `hidden` is the view that comes first; the table of another schema is not what a statement means by it.
    assert.deepEqual(
      tables.map(({ name }) => name),
      ['a.none', 'a.parts', 'a.seen', 'a.t', '"b.c"."T""t"', '"b.c".t', `"x'); DROP TABLE a.t; --".$1`],
    );
    assert.deepEqual(sized.get('a.parts')!.leaves, ['a.low', '"b.c".high']);
    assert.deepEqual(sized.get('a.t')!.writes, { inserts: 1000, updates: 10, deletes: 0 });
    const rows = new Map(tables.map((table) => [table.name, table.rows]));
    assert.deepEqual([rows.get('a.t'), rows.get('a.parts'), rows.get('a.none')], [1000, 10, 0]);
    assert.equal(sized.get('a.none')!.kind, 'partitioned');
  });

  test('a table that somebody has locked is told as ANALYZE saw it; another failure is not asked again', async () => {
    await postgresql.server.createDatabase('locked');
    await postgresql.server.query('CREATE TABLE t AS SELECT i FROM generate_series(1, 5000) i', [], 'locked');
    await postgresql.server.query('ANALYZE t', [], 'locked');
    const url = postgresql.server.url('locked');
    const other = new pg.Client(url);
    await other.connect();
    const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    const { signal } = new AbortController();
    try {
      await other.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
      const { tables } = await connection.analyse((session) => readSchema(session, ['t']), signal);
      assert.equal(tables[0]!.rows, 5000);
      await other.query('ROLLBACK');
      let questions = 0;
      const slow = (session: AnalysisSession): AnalysisSession => ({
        ...session,
        query: async (text, values) => {
          questions++;
          // As slow as a question can be that its own time-out ends.
          return session.query(text.replace('SELECT /* pitwall */', 'SELECT /* pitwall */ pg_sleep(9), '), values);
        },
      });
      const late = await connectPostgresql(postgresqlOptions.parse({ url, statementTimeout: 0.2 }), '/');
      const asking = late.analyse((session) => readSchema(slow(session), ['t']), signal);
      await assert.rejects(asking, { code: 'POSTGRESQL_SLOW' }).finally(() => late.close());
      assert.equal(questions, 1);
    } finally {
      await connection.close();
      await other.end();
    }
  });
});

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { PitwallError } from '../../errors.ts';
import type { Fact, Gap } from '../../model/observation.ts';
import { liveContext } from '../_proc/testing.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from './connection.ts';
import integration from './index.ts';
import { postgresqlOptions } from './options.ts';

const signal = new AbortController().signal;
const EVERY_WAY = [
  { run: false, generic: false },
  { run: true, generic: false },
  { run: false, generic: true },
] as const;

/** Things that do harm beside or outside of a transaction, called in every way that SQL knows. */
const TRAPS = (marker: string): readonly string[] => [
  'CREATE EXTENSION dblink',
  'CREATE TABLE t AS SELECT i AS id, i % 10 AS k FROM generate_series(1, 1000) i; CREATE TABLE hits (who text); CREATE SEQUENCE s; ANALYZE t',
  // A volatile function, and the same under false names.
  `CREATE FUNCTION harm(who text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
     PERFORM lo_from_bytea(4711, 'x'); PERFORM lo_export(4711, '${marker}'); INSERT INTO hits VALUES (who); RETURN 1; END $$`,
  `CREATE FUNCTION outside(i int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
     PERFORM public.dblink_exec(pg_catalog.format('dbname=%s port=%s host=127.0.0.1 user=pitwall password=%s', pg_catalog.current_database(), pg_catalog.current_setting('port'), pg_catalog.quote_literal('secret of the test')),
                         'INSERT INTO public.hits VALUES (''outside'')'); RETURN i; END $$`,
  'CREATE FUNCTION two(a int, b int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN outside(a); END $$',
  'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = two)',
  'CREATE AGGREGATE gather(int) (SFUNC = two, STYPE = int, INITCOND = 0)',
  'CREATE TYPE box_of AS (v int)',
  'CREATE FUNCTION boxed(int) RETURNS box_of LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN ROW(outside($1))::box_of; END $$',
  'CREATE CAST (int AS box_of) WITH FUNCTION boxed(int)',
  'CREATE FUNCTION checked(int) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN outside($1) IS NOT NULL; END $$',
  'CREATE DOMAIN watched AS int CHECK (checked(VALUE))',
  'CREATE VIEW innocent AS SELECT outside(id) AS x FROM t',
  'CREATE VIEW with_operator AS SELECT id === k AS x FROM t',
  'CREATE FUNCTION body() RETURNS int LANGUAGE sql VOLATILE BEGIN ATOMIC SELECT outside(1); END',
];

const HOSTILE: readonly string[] = [
  'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone',
  'WITH more AS (INSERT INTO t VALUES (0, 0) RETURNING *), less AS (SELECT 1) SELECT * FROM less',
  'INSERT INTO t SELECT * FROM t',
  'MERGE INTO t USING t AS u ON t.id = u.id WHEN MATCHED THEN DELETE',
  'TRUNCATE t',
  "SELECT harm('select')",
  'SELECT * FROM t WHERE outside(id) > 0',
  'SELECT outside(1)',
  'SELECT body()',
  'SELECT 1 === 2',
  'SELECT gather(id) FROM t',
  'SELECT 1::box_of',
  'SELECT CAST(id AS "box_of") FROM t',
  'SELECT 5::watched',
  'SELECT * FROM innocent',
  'SELECT * FROM with_operator',
  'SELECT (SELECT x FROM innocent LIMIT 1) FROM t ORDER BY 1',
  "SELECT nextval('s')",
  "SELECT setval('s', 99)",
  "SELECT pg_catalog.lo_import('/etc/hostname')",
  "SELECT pg_read_file('/etc/hostname') FROM t WHERE pg_terminate_backend(id)",
  "SELECT dblink_exec('dbname=x', 'DELETE FROM t')",
  "SELECT * FROM dblink('dbname=x', 'DELETE FROM t RETURNING id') AS x(id int)",
  "SELECT set_config('default_transaction_read_only', 'off', false), set_config('search_path', 'evil', false)",
  "SELECT set_config('statement_timeout', '0', false)",
  'SELECT pg_reload_conf()',
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
  "COPY t TO '/tmp/pitwall-safety'",
  "COPY t TO PROGRAM 'touch /tmp/pitwall-safety'",
  "COPY t FROM PROGRAM 'echo 1'",
  'SELECT 1; INSERT INTO t VALUES (1, 1)',
  'SELECT 1; COMMIT; INSERT INTO t VALUES (1, 1)',
  'SELECT 1) TO STDOUT; INSERT INTO t VALUES (1, 1); --',
  'DO $$ BEGIN INSERT INTO t VALUES (1, 1); END $$',
  "CALL harm('call')",
  'EXECUTE anything',
  'DECLARE c CURSOR WITH HOLD FOR SELECT outside(1)',
  'SET default_transaction_read_only = off',
  'BEGIN READ WRITE',
  'COMMIT',
  'ROLLBACK',
  "PREPARE TRANSACTION 'x'",
  "NOTIFY hello, 'x'",
  'VACUUM t',
  'CREATE TABLE stolen AS SELECT * FROM t',
  'SELECT * INTO stolen FROM t',
  'REFRESH MATERIALIZED VIEW innocent',
  'ANALYZE INSERT INTO t VALUES (1, 1)',
  '(ANALYZE) INSERT INTO t VALUES (1, 1)',
  'SELECT 1 \u0000; INSERT INTO t VALUES (1, 1)',
];

suite('PostgreSQL: looking cannot do harm', { skip: withoutPostgresql(), timeout: 90_000 }, () => {
  const postgresql = sharedPostgresql({ settings: { shared_preload_libraries: 'pg_stat_statements' } });

  async function using<T>(written: object, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
    const connection = await connectPostgresql(postgresqlOptions.parse(written), '/');
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  async function trapped(name: string): Promise<{ url: string; marker: string; untouched: () => Promise<void> }> {
    const url = await postgresql.server.createDatabase(name);
    const marker = join(postgresql.server.directory, `marker-${name}`);
    const query = (text: string) => postgresql.server.query(text, [], name);
    for (const text of TRAPS(marker)) await query(text);
    const state = () =>
      query(`SELECT (SELECT count(*)::int FROM t) AS rows, (SELECT sum(k)::int FROM t) AS sum, (SELECT count(*)::int FROM hits) AS hits,
                    (SELECT is_called FROM s) AS numbered, to_regclass('stolen') AS stolen, (SELECT count(*)::int FROM pg_largeobject_metadata) AS large`);
    return {
      url,
      marker,
      async untouched() {
        const expected = { rows: 1000, sum: 4500, hits: 0, numbered: false, stolen: null, large: 0 };
        assert.deepEqual((await state())[0], expected);
        assert.ok(![marker, '/tmp/pitwall-safety'].some((path) => existsSync(path)));
      },
    };
  }

  test('the traps do harm where they are called', async () => {
    const { marker } = await trapped('armed');
    const query = (text: string) => postgresql.server.query(text, [], 'armed');
    for (const text of [
      'SELECT outside(1)',
      'SELECT 1 === 2',
      'SELECT gather(id) FROM t WHERE id < 3',
      'SELECT 1::box_of',
      'SELECT 5::watched',
    ]) {
      await query('TRUNCATE hits');
      await query(`BEGIN READ ONLY; ${text}; ROLLBACK`);
      assert.ok((await query('SELECT * FROM hits')).length > 0, `${text} is no trap`);
    }
    await query("SELECT harm('x')");
    assert.ok(existsSync(marker));
  });

  test('no statement of the application does harm, explained, run or planned for any values', async () => {
    const { url, untouched } = await trapped('analysis');
    await using({ url, statementTimeout: '2s', maxLoad: 1 }, async (connection) => {
      const ran: string[] = [];
      await connection.analyse(async (session) => {
        for (const text of HOSTILE) {
          for (const ask of EVERY_WAY) {
            const plan = await session.explain(text, [], ask).catch((error: unknown) => error);
            assert.ok(!(plan instanceof Error) || plan instanceof PitwallError, `${text}: ${plan}`);
            if (!(plan instanceof Error) && (plan as { ran: boolean }).ran) ran.push(text);
          }
        }
        const [row] = await session.query(
          `${OURS} current_setting('transaction_read_only') AS ro, current_setting('statement_timeout') AS timeout, split_part(current_setting('search_path'), ',', 1) AS path`,
        );
        assert.deepEqual(row, { ro: 'on', timeout: '2s', path: 'pg_catalog' });
      }, signal);
      assert.deepEqual(ran, []);
      await untouched();
    });
  });

  test('the way of our own questions cannot write either, and takes one statement at a time', async () => {
    const { url, untouched } = await trapped('questions');
    await using({ url, statementTimeout: '1s' }, async (connection) => {
      for (const text of ["harm('q')", "nextval('s')", '(WITH x AS (DELETE FROM t RETURNING 1) SELECT 1 FROM x)']) {
        await assert.rejects(connection.query(`${OURS} ${text}`), PitwallError, text);
      }
      await assert.rejects(connection.query(`${OURS} 1; INSERT INTO t VALUES (1, 1)`), PitwallError);
      await assert.rejects(connection.query('WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x'), PitwallError);
      await assert.rejects(connection.query(`${OURS} pg_sleep(20)`), { code: 'POSTGRESQL_SLOW' });
      await untouched();
    });
  });

  test("nobody's functions stand in for the server's, whatever the path of the database", async () => {
    const { url, untouched } = await trapped('shadowed');
    const query = (text: string) => postgresql.server.query(text, [], 'shadowed');
    for (const text of [
      'CREATE SCHEMA evil',
      "CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN '2020-01-01'; END $$",
      'CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN 1; END $$',
      "CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN 'x'; END $$",
      "CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN 'x'; END $$",
      // They fit better than the server's own: the path's order does not protect from these.
      "CREATE FUNCTION evil.to_jsonb(pg_stat_database) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN '{}'; END $$",
      "CREATE FUNCTION public.to_jsonb(pg_stat_database) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN '{}'; END $$",
      "CREATE FUNCTION public.to_jsonb(pg_stat_all_tables) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); RETURN '{}'; END $$",
      'CREATE TABLE evil.pg_stat_activity (a int); CREATE TABLE evil.pg_class (a int)',
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = evil, public, pg_catalog', current_database()); END $$`,
    ]) {
      await query(text);
    }
    const admin = new pg.Client(url);
    await admin.connect();
    await admin.query(
      'CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(1); END $$; CREATE EVENT TRIGGER noted ON ddl_command_start EXECUTE FUNCTION public.noted()',
    );
    await admin.end();
    await query('SELECT to_jsonb(d) FROM pg_stat_database d LIMIT 1');
    assert.equal((await query('SELECT * FROM public.hits')).length, 1, 'it is no trap');
    await query('TRUNCATE public.hits');
    await using({ url }, async (connection) => {
      const gaps = (await collectAll(connection)).gaps.filter(({ what }) => what.startsWith('failed'));
      assert.deepEqual(gaps, []);
      await integration.counters!(connection, liveContext().environment, signal);
      await connection.analyse(
        (session) => session.explain('SELECT * FROM public.t', [], { run: true, generic: false }),
        signal,
      );
    });
    await postgresql.server.query('ALTER DATABASE shadowed RESET search_path');
    await postgresql.server.query('DROP EVENT TRIGGER noted', [], 'shadowed');
    await untouched();
  });

  async function collectAll(connection: PostgresqlConnection): Promise<{ facts: Fact[]; gaps: Gap[] }> {
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    for (const collector of integration.collectors) {
      try {
        const collected = await collector.collect(connection, liveContext());
        facts.push(...(collected.facts ?? []));
        gaps.push(...(collected.gaps ?? []));
      } catch (error) {
        // As the runner has it: known failures are told in a sentence, everything else is a bug.
        assert.ok(error instanceof PitwallError, `${collector.id}: ${(error as Error).stack}`);
        gaps.push({ what: `failed: ${collector.id}`, why: error.message });
      }
    }
    return { facts, gaps };
  }

  test('texts that are huge, not UTF-8 or no SQL that we know are told of, and end nothing', async () => {
    await postgresql.server.query(
      "CREATE DATABASE odd ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    const url = postgresql.server.url('odd');
    const query = (text: string) => postgresql.server.query(text, [], 'odd');
    await query('CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id int, name text)');
    const numbers = Array.from({ length: 10_000 }, (_, i) => i).join(', ');
    await query(`SELECT * FROM t WHERE id IN (${numbers})`);
    await query(`SELECT ${Array.from({ length: 1600 }, (_, i) => `'${'x'.repeat(640)}' AS c${i}`).join(', ')}`);
    await query(`SELECT 1 ${'+ 1'.repeat(4000)}`);
    const raw = join(postgresql.server.directory, 'bytes.sql');
    writeFileSync(
      raw,
      Buffer.concat([
        Buffer.from('SELECT id AS "'),
        Buffer.from([0xff, 0xfe, 0xc3]),
        Buffer.from('" FROM t WHERE name = \''),
        Buffer.from([0xe9]),
        Buffer.from("'"),
      ]),
    );
    await query(`DO $$ BEGIN EXECUTE convert_from(pg_read_binary_file('${raw}'), 'SQL_ASCII'); END $$`);
    await query(
      `DO $$ BEGIN EXECUTE 'SELECT 1 AS "' || repeat('z', 60) || '", ''' || repeat('y', 1000000) || ''''; END $$`,
    );
    await using({ url, statementTimeout: '10s' }, async (connection) => {
      const { facts, gaps } = await collectAll(connection);
      assert.deepEqual(
        gaps.filter(({ what }) => what.startsWith('failed')),
        [],
      );
      const statements = facts.filter(({ kind }) => kind === 'postgresql.statement');
      const texts = statements.map(({ value }) => String((value as { text: string }).text));
      assert.ok(
        texts.some((text) => /id IN \(\$1/.test(text)),
        texts.map((text) => text.slice(0, 80)).join('\n'),
      );
      assert.ok(texts.every((text) => text.length <= 1000));
      const workload = facts.find(({ kind }) => kind === 'postgresql.workload')!.value as { statements: number };
      assert.ok(workload.statements >= 4);
      const context = liveContext();
      const read = await integration
        .database!.workload(connection, { window: null } as never, context)
        .catch((error: unknown) => error);
      assert.ok(!(read instanceof Error) || read instanceof PitwallError, String(read));
      for (const text of [
        'SELECT \ufffd\ufffd',
        `SELECT '${'x'.repeat(2 ** 20)}'`,
        `SELECT * FROM t WHERE id IN (${numbers})`,
        'GRAPH LOOKUP x',
        '',
      ]) {
        const plan = await connection
          .analyse((session) => session.explain(text, [], { run: true, generic: false }), signal)
          .catch((error: unknown) => error);
        assert.ok(!(plan instanceof Error) || plan instanceof PitwallError, `${text.slice(0, 40)}: ${plan}`);
      }
    });
  });

  test('pg_monitor is enough; without any rights it is said what could not be seen', async () => {
    const url = await postgresql.server.createDatabase('rights');
    await postgresql.server.query(
      'CREATE EXTENSION pg_stat_statements; CREATE TABLE private (id int PRIMARY KEY); INSERT INTO private VALUES (1)',
      [],
      'rights',
    );
    await postgresql.server.query(
      "CREATE ROLE watcher LOGIN PASSWORD 'w'; GRANT pg_monitor TO watcher; CREATE ROLE nobody_special LOGIN PASSWORD 'n'",
    );
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN; SELECT * FROM private');
    const as = (user: string, password: string) => {
      const login = new URL(url);
      Object.assign(login, { username: user, password });
      return login.href;
    };
    try {
      await using({ url: as('watcher', 'w') }, async (connection) => {
        const { facts, gaps } = await collectAll(connection);
        assert.deepEqual(
          gaps.map(({ what }) => what).filter((what) => !/bloat|sequence/.test(what)),
          [],
        );
        for (const kind of [
          'setting',
          'machine',
          'connections',
          'session-counts',
          'cache',
          'temp',
          'checkpoints',
          'waits',
          'statement',
          'table',
        ]) {
          assert.ok(
            facts.some((fact) => fact.kind === `postgresql.${kind}`),
            kind,
          );
        }
        await assert.rejects(
          connection.analyse(
            (session) => session.explain('SELECT * FROM private', [], { run: true, generic: false }),
            signal,
          ),
          { code: 'POSTGRESQL_NO_RIGHT' },
        );
      });
      await using({ url: as('nobody_special', 'n') }, async (connection) => {
        const { facts, gaps } = await collectAll(connection);
        assert.deepEqual(
          gaps.filter(({ what }) => what.startsWith('failed')),
          [],
        );
        const told = new Map(gaps.map(({ what, why }) => [what, why]));
        for (const what of ['session-counts', 'long-transaction', 'lock-tree', 'connections', 'waits']) {
          assert.match(told.get(`postgresql.${what}`) ?? '', /GRANT pg_monitor TO the role/, what);
        }
        const counts = facts.find(({ kind }) => kind === 'postgresql.session-counts')!.value as { hidden: number };
        assert.ok(counts.hidden >= 1);
      });
    } finally {
      await other.end();
    }
  });
});

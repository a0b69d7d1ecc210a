import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import pg from 'pg';
import { startPgbouncer, withoutPgbouncer } from '../../../test/support/pgbouncer.ts';
import { sharedPostgresql, withoutExtension, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { advise } from './advise/index.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from './connection.ts';
import { postgresqlLedger } from './ledger.ts';
import { postgresqlOptions } from './options.ts';

suite('Questions through a pooler', { skip: withoutPostgresql() || withoutPgbouncer(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({ settings: { shared_preload_libraries: 'pg_stat_statements' } });

  async function through(
    t: TestContext,
    { mode = 'transaction', size = 1, ...more }: { mode?: string; size?: number; statementTimeout?: string },
    work: (connection: PostgresqlConnection, url: string, database: string) => Promise<void>,
  ): Promise<void> {
    const direct = await postgresql.server.createDatabase();
    const database = new URL(direct).pathname.slice(1);
    await postgresql.server.query('CREATE EXTENSION pg_stat_statements', undefined, database);
    await postgresql.server.query('CREATE TABLE t (i int)', undefined, database);
    const { url } = await startPgbouncer(t, postgresql.server, { database, mode, size });
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...more }), '/');
    try {
      await work(connection, url, database);
    } finally {
      await connection.close();
    }
  }

  const SETTINGS = ['transaction_read_only', 'statement_timeout', 'lock_timeout', 'search_path', 'jit'];
  const settings = `jsonb_build_array(${SETTINGS.map((name) => `current_setting('${name}')`).join(', ')}) AS settings`;

  test('each is in a read-only transaction with limits of its own, of which nothing stays', async (t) => {
    await through(t, { statementTimeout: '7s' }, async (connection, url) => {
      const [row] = await connection.query<{ settings: string[] }>(`${OURS} ${settings}`);
      assert.deepEqual(row!.settings, ['on', '7s', '1s', 'pg_catalog, pg_temp', 'off']);
      // With one connection to the server it is the application's next.
      const application = new pg.Client({ connectionString: url });
      await application.connect();
      try {
        const { rows } = await application.query<{ settings: string[] }>(`SELECT ${settings}`);
        assert.deepEqual(rows[0]!.settings, ['off', '0', '0', '"$user", public', 'on']);
        await application.query('INSERT INTO t VALUES (1)');
      } finally {
        await application.end();
      }
    });
  });

  test('it cannot write, and neither can a function of somebody else stand in', async (t) => {
    await through(t, { statementTimeout: '300ms' }, async (connection, _, database) => {
      const as = (sql: string) => postgresql.server.query(sql, undefined, database);
      await as(`CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'INSERT INTO public.t VALUES (2) RETURNING i'`);
      // Fits an int better than the server's own, which takes a numeric or a bigint.
      await as(`CREATE FUNCTION pg_size_pretty(int) RETURNS text LANGUAGE sql AS $$ SELECT 'shadow' $$`);
      await assert.rejects(connection.query(`${OURS} public.spoil()`), { code: 'POSTGRESQL_FAILED' });
      const [row] = await connection.query<{ size: string }>(`${OURS} pg_size_pretty(10::bigint) AS size`);
      assert.equal(row!.size, '10 bytes');
      await assert.rejects(connection.query(`${OURS} pg_size_pretty(10)`), { code: 'POSTGRESQL_FAILED' });
      await assert.rejects(connection.query(`${OURS} pg_sleep(5)`), { code: 'POSTGRESQL_SLOW' });
      // A failure leaves no transaction behind, with the only session there is.
      assert.deepEqual(await connection.query(`${OURS} 1 AS one`), [{ one: 1 }]);
      assert.deepEqual(await as('SELECT i FROM t'), []);
    });
  });

  test('questions asked at the same time do not share a transaction', async (t) => {
    await through(t, { size: 3 }, async (connection) => {
      const answers = await Promise.allSettled(
        [1, 0, 2].map((divisor) => connection.query<{ result: number }>(`${OURS} 2 / $1::int AS result`, [divisor])),
      );
      assert.deepEqual(
        answers.map((one) => (one.status === 'fulfilled' ? one.value[0]!.result : one.reason.code)),
        [2, 'POSTGRESQL_FAILED', 1],
      );
    });
  });

  test('advice needs a session of its own: the hint is the way past the pooler, not to install what is there', {
    skip: withoutExtension('hypopg'),
  }, async (t) => {
    await through(t, {}, async (connection, _, database) => {
      await postgresql.server.query('CREATE EXTENSION hypopg', undefined, database);
      const workload = { statements: [], window: null, sources: [], loops: [], snapshot: null };
      const request = { workload, budget: null, measure: false, seed: 1 };
      await assert.rejects(advise(connection, request, { signal: AbortSignal.timeout(30_000) }), {
        code: 'POSTGRESQL_NO_WHAT_IF',
        hint: /^Connect to the database itself, past the pooler/,
      });
    });
  });

  test('a session that is lost is made again, also when its transaction is open', async (t) => {
    await through(t, {}, async (connection, _, database) => {
      const slow = connection.query(`${OURS} pg_sleep(4)`);
      slow.catch(() => {});
      const end = `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
                    WHERE datname = $1 AND query LIKE '%pg_sleep(4)' AND pid <> pg_backend_pid()`;
      for (let tries = 0; tries < 200; tries++) {
        const [row] = await postgresql.server.query<{ ended: number }>(end, [database]);
        if (row!.ended > 0) break;
      }
      await assert.rejects(slow, { code: 'POSTGRESQL_UNREACHABLE' });
      assert.deepEqual(await connection.query(`${OURS} 1 AS one`), [{ one: 1 }]);
    });
  });

  test('the ledger counts what the application asked, and nothing of ours', async (t) => {
    await through(t, {}, async (connection, _, database) => {
      const read = async () =>
        new Map((await postgresqlLedger(connection)).map(({ name, value }) => [name, value] as const));
      const before = await read();
      assert.ok(before.has('postgresql.statements'), 'pg_stat_statements was not read');
      for (let i = 0; i < 5; i++) await read();
      const idle = await read();
      const grown = (name: string, from: Map<string, number>, to: Map<string, number>) =>
        to.get(`postgresql.${name}`)! - from.get(`postgresql.${name}`)!;
      assert.equal(grown('statements', before, idle), 0);
      assert.equal(grown('transactions', before, idle), 0);
      const { brackets, transactions, statements } = connection.own;
      assert.ok(transactions >= 16 && brackets >= 2 * (transactions - 2), JSON.stringify(connection.own));
      assert.ok(statements >= 4 * (transactions - 2), JSON.stringify(connection.own));
      for (let i = 0; i < 3; i++) {
        await postgresql.server.query('BEGIN; INSERT INTO t VALUES (1); COMMIT', undefined, database);
      }
      let worked = await read();
      // Each session begins with a transaction more; its counts come when it has ended.
      for (let tries = 0; tries < 100 && grown('transactions', idle, worked) < 6; tries++) worked = await read();
      assert.equal(grown('statements', idle, worked), 9);
      assert.equal(grown('transactions', idle, worked), 6);
    });
  });

  test('explaining works through it as before', async (t) => {
    await through(t, {}, async (connection) => {
      const { json } = await connection.analyse(
        (session) => session.explain('SELECT * FROM t', [], { run: true, generic: false }),
        new AbortController().signal,
      );
      assert.ok('Plan' in json);
    });
  });

  test('one that allows no transactions is refused with the reason', async (t) => {
    await assert.rejects(
      through(t, { mode: 'statement' }, async () => {}),
      (error: Error & { code?: string }) => /POSTGRESQL_/.test(error.code ?? '') && /transaction/.test(error.message),
    );
  });
});

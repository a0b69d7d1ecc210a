import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { safePath } from './analysis.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from './connection.ts';
import { postgresqlOptions } from './options.ts';

const signal = new AbortController().signal;

test('the path of a session begins with the catalogue, and ends with temporary tables', () => {
  assert.equal(safePath('"$user", public'), 'pg_catalog, "$user", public, pg_temp');
  assert.equal(safePath('public, pg_catalog, pg_temp'), 'pg_catalog, public, pg_temp');
  assert.equal(safePath('"a, b", x'), 'pg_catalog, "a, b", x, pg_temp');
  assert.equal(safePath(''), 'pg_catalog, pg_temp');
});

suite('Analysis of a PostgreSQL', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql();

  async function using(written: object, work: (connection: PostgresqlConnection, url: string) => Promise<void>) {
    const url = await postgresql.server.createDatabase();
    const database = new URL(url).pathname.slice(1);
    await postgresql.server.query(
      'CREATE TABLE t AS SELECT i AS id, i % 10 AS k FROM generate_series(1, 1000) i; CREATE SEQUENCE s; ANALYZE t;',
      undefined,
      database,
    );
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...written }), '/');
    try {
      await work(connection, database);
    } finally {
      await connection.close();
    }
  }

  test('a plan for values, a plan for any values, and a run', async () => {
    await using({}, async (connection) => {
      await connection.analyse(async (session) => {
        const text = 'SELECT * FROM t WHERE id < $1';
        const rows = async (params: readonly unknown[], ask: { run: boolean; generic: boolean }) =>
          (await session.explain(text, params, ask)).json.Plan as Record<string, number>;
        assert.ok((await rows(['11'], { run: false, generic: false }))['Plan Rows']! < 50);
        assert.ok((await rows(['999'], { run: false, generic: false }))['Plan Rows']! > 900);
        assert.equal((await rows([], { run: false, generic: true }))['Plan Rows'], 333);
        assert.equal((await rows([11], { run: true, generic: false }))['Actual Rows'], 10);
        // Nothing of the one is left for the next.
        assert.equal((await rows([], { run: false, generic: true }))['Plan Rows'], 333);
      }, signal);
    });
  });

  test('a statement as pg_stat_statements writes it has a plan: a type before a parameter', async () => {
    await using({}, async (connection, database) => {
      await postgresql.server.query('ALTER TABLE t ADD created_at timestamptz', undefined, database);
      const text = 'select count(*) from t where created_at > now() - interval $1 and created_at < timestamptz $2';
      await connection.analyse(async (session) => {
        for (const [params, generic] of [
          [[], true],
          [['10 days', '2024-01-01'], false],
        ] as const) {
          const { json } = await session.explain(text, params, { run: false, generic });
          assert.match(JSON.stringify(json), /"Filter":"[^"]*created_at > \(now\(\) - /);
        }
      }, signal);
    });
  });

  test('parameters whose type the server cannot tell are declared', async () => {
    await using({}, async (connection) => {
      await connection.analyse(async (session) => {
        const ask = { run: false, generic: true };
        for (const text of [
          'SELECT * FROM t WHERE k = $1 % $2',
          "SELECT 'ä', id FROM t WHERE k < $1 AND id = $2 + $3 AND $4 IS NULL AND $5 IS NOT NULL",
        ]) {
          const { json } = await session.explain(text, [], ask);
          assert.match(JSON.stringify(json), /"Relation Name":"t"/);
        }
        const refused = await session.explain('SELECT * FROM t WHERE k = missing($1)', [], ask).catch((error) => error);
        assert.equal(refused.cause.code, '42883');
      }, signal);
    });
  });

  test('a failure does not end the session; a statement that never ends is ended', async () => {
    await using({ statementTimeout: '300ms' }, async (connection) => {
      const answer = await connection.analyse(async (session) => {
        await assert.rejects(session.explain('SELECT * FROM missing', [], { run: false, generic: false }), {
          code: 'POSTGRESQL_FAILED',
        });
        await assert.rejects(session.explain('SELECT pg_sleep(9)', [], { run: true, generic: false }), {
          code: 'POSTGRESQL_SLOW',
        });
        return session.query<{ ok: number }>(`${OURS} 1 AS ok`);
      }, signal);
      assert.equal(answer[0]!.ok, 1);
      await assert.rejects(
        connection.analyse((session) => session.query('DELETE FROM t'), signal),
        TypeError,
      );
    });
  });

  test('a run that takes too long answers with the plan where that is asked for; one that somebody ends does not', async () => {
    await using({ statementTimeout: '600ms' }, async (connection, database) => {
      await connection.analyse(async (session) => {
        const ask = { run: true, generic: false, orPlan: true };
        const ended = await session.explain('SELECT count(*), pg_sleep(9) FROM t', [], { ...ask, within: 0.3 });
        assert.deepEqual([ended.ran, ended.endedAfter], [false, 0.3]);
        assert.equal((ended.json.Plan as Record<string, unknown>)['Node Type'], 'Aggregate');
        assert.equal('Actual Rows' in (ended.json.Plan as object), false);
        const whole = await session.explain('SELECT count(*) FROM t', [], ask);
        assert.deepEqual([whole.ran, whole.endedAfter], [true, undefined]);
        const refused = session.explain('SELECT pg_sleep(9)', [], ask).catch((error) => error);
        for (let cancelled = false; !cancelled; ) {
          const rows = await postgresql.server.query<{ done: boolean }>(
            "SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE query LIKE 'EXPLAIN %ANALYZE%pg_sleep%' AND state = 'active'",
            [],
            database,
          );
          cancelled = rows.some(({ done }) => done);
        }
        assert.equal((await refused).code, 'POSTGRESQL_SLOW');
      }, signal);
    });
  });

  test('no hostile statement writes, or keeps anything', async () => {
    const hostile = [
      'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone',
      'WITH more AS (INSERT INTO t VALUES (0, 0) RETURNING *) SELECT * FROM more',
      'UPDATE t SET k = 0',
      "SELECT nextval('s')",
      "SELECT setval('s', 77)",
      'SELECT * INTO stolen FROM t',
      'CREATE TABLE stolen AS SELECT * FROM t',
      'SELECT hit()',
      'SELECT * FROM innocent',
      'SELECT sneaky(id) FROM t',
      'SELECT 1; DROP TABLE t',
      'SELECT 1; COMMIT; DROP TABLE t',
      "COPY t TO PROGRAM 'touch /tmp/pitwall-was-here'",
      "COPY (SELECT 1) TO PROGRAM 'touch /tmp/pitwall-was-here'",
      'ANALYZE t',
      ') SELECT 1',
      "SELECT set_config('transaction_read_only', 'off', false)",
      'SELECT lo_create(4711)',
      'SELECT pg_advisory_lock(42)',
      'SELECT * FROM t FOR UPDATE',
      'DO $$ BEGIN DELETE FROM t; END $$',
      'EXECUTE pitwall_generic',
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    ];
    await using({}, async (connection, database) => {
      const query = <Row extends Record<string, unknown>>(text: string) =>
        postgresql.server.query<Row>(text, [], database);
      for (const text of [
        'CREATE TABLE hits (at timestamptz)',
        "CREATE FUNCTION hit() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO hits VALUES (now()); SELECT 1'",
        "CREATE FUNCTION sneaky(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN INSERT INTO hits VALUES (now()); RETURN i; END'",
        'CREATE VIEW innocent AS SELECT hit() AS x FROM t',
      ]) {
        await query(text);
      }
      const ran: string[] = [];
      await connection.analyse(async (session) => {
        for (const text of hostile) {
          for (const [run, generic] of [
            [false, false],
            [true, false],
            [false, true],
          ] as const) {
            const plan = await session.explain(text, [], { run, generic }).catch((error: Error) => error);
            if (!(plan instanceof Error) && plan.ran) ran.push(text);
          }
        }
        assert.equal((await session.query(`${OURS} 1`)).length, 1);
      }, signal);
      assert.deepEqual(ran, []);
      const [left] = await query<Record<string, unknown>>(
        `SELECT (SELECT count(*)::int FROM t) AS rows, (SELECT sum(k)::int FROM t) AS sum, (SELECT count(*)::int FROM hits) AS hits,
                (SELECT last_value::int FROM s) AS last, to_regclass('stolen') AS stolen, (SELECT count(*)::int FROM pg_largeobject_metadata) AS large,
                (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks,
                (SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in transaction%') AS waiting`,
      );
      assert.deepEqual(left, { rows: 1000, sum: 4500, hits: 0, last: 1, stolen: null, large: 0, locks: 0, waiting: 0 });
    });
  });

  test('what it asks is counted, and paced', async () => {
    await using({ maxLoad: 0.2 }, async (connection) => {
      const before = { ...connection.own };
      const startedAt = performance.now();
      await connection.analyse(async (session) => {
        for (let i = 0; i < 6; i++) await session.query(`${OURS} pg_sleep(0.02)`);
      }, signal);
      const busy = connection.own.seconds - before.seconds;
      // All but the last are waited for: 5 × 0.02 s × 4.
      assert.ok(busy >= 0.12 && performance.now() - startedAt >= 500, `${busy}`);
      assert.ok(connection.own.statements - before.statements >= 6);
      const stopped = new AbortController();
      await assert.rejects(
        connection.analyse(async (session) => {
          await session.query(`${OURS} pg_sleep(0.02)`);
          stopped.abort(new Error('enough'));
          await session.query(`${OURS} 1`);
        }, stopped.signal),
        /enough/,
      );
    });
  });
});

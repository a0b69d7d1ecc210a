import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutExtension, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { CollectContext } from '../../../model/integration.ts';
import { connectPostgresql, type PostgresqlConnection } from '../connection.ts';
import { drawCalls } from '../copy/draw.ts';
import { postgresqlOptions } from '../options.ts';
import { loadGrammar } from '../parse/load.ts';
import { schemaOf } from '../parse/schema.ts';
import { explainStatement } from '../plan/explain.ts';
import { advise } from './index.ts';
import { request, SHOP, statement } from './testing.ts';

const context = { signal: new AbortController().signal, environment: { attended: true } } as CollectContext;
const RECENT = 'SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2';
const PERIOD = 'SELECT id FROM orders WHERE created_at >= $1 AND created_at < $2 AND status = $3';
/** Nobody can tell what to put there: no value of a row is a length. */
const ODD = 'SELECT id FROM orders WHERE email = $1 AND length(note) <> $2';
const FIRST = "SELECT id FROM orders WHERE status = 'none such' ORDER BY created_at LIMIT 10";

/** Without it only what a copy can show is asked. */
const withoutHypopg = withoutExtension('hypopg');

suite('Advice without values of real calls', { skip: withoutPostgresql(), timeout: 120_000 }, () => {
  const postgresql = sharedPostgresql(
    { settings: { shared_preload_libraries: 'pg_stat_statements' } },
    async (server) => {
      await server.createDatabase('shop');
      for (const text of [
        ...SHOP,
        'CREATE INDEX by_status ON orders (status)',
        // A queue: what is done is old, what is queued is new, and all that anybody asks for.
        "CREATE TABLE jobs AS SELECT i AS id, CASE WHEN i > 59900 THEN 'queued' ELSE 'done' END AS status, now() + i * interval '1 s' AS run_at FROM generate_series(1, 60000) i",
        'ANALYZE jobs',
        ...(withoutHypopg ? [] : ['CREATE EXTENSION hypopg']),
        'CREATE EXTENSION pg_stat_statements',
        "CREATE ROLE reader LOGIN PASSWORD 'reader'",
        'GRANT pg_read_all_data TO reader',
      ])
        await server.query(text, [], 'shop');
      await server.query('CREATE DATABASE small TEMPLATE shop');
      for (const text of ['DELETE FROM orders WHERE id > 30000', 'VACUUM FULL orders', 'ANALYZE orders'])
        await server.query(text, [], 'small');
    },
  );

  async function using<T>(written: object, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ maxLoad: 1, ...written }), '/');
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
  const asReader = () => ({
    ...{ host: '127.0.0.1', port: postgresql.server.port },
    ...{ user: 'reader', password: 'reader', database: 'shop' },
  });

  test('statements that only counters know are run with values of the rows, and said to be; else the planner’s word stands', async () => {
    await using({ url: postgresql.server.url('small'), allowCopy: true }, async (connection) => {
      const advice = await advise(
        connection,
        request(
          [
            statement('recent', RECENT, []),
            statement('odd', ODD, []),
            statement('pay', 'UPDATE orders SET total = $2 WHERE id = $1', [], {
              kind: 'update',
              tables: ['orders'],
              calls: 10,
              seconds: 0.1,
            }),
          ],
          { measure: true },
        ),
        context,
      );
      const of = (id: string) =>
        advice.proposals.find(({ statements }) => statements.some(({ statement: one }) => one === id))!;
      const effect = (id: string) => of(id).statements.find(({ statement: one }) => one === id)!;
      assert.ok(effect('recent').measured!.interval[1] < 0.5, JSON.stringify(effect('recent')));
      assert.match(of('recent').because, /as measured on a copy, with values drawn from its rows/);
      assert.match(of('recent').definition, /^\(customer_id/);
      assert.ok(of('recent').writes.some((one) => one.statement === 'pay' && one.measured !== null));
      assert.match(of('odd').definition, /^\(email/);
      assert.equal(effect('odd').measured, null);
      assert.match(of('odd').because, /as the planner alone expects: no call with its values is known/);
      assert.match(advice.whatIf, /values for 2 statements, of which no calls are known, were drawn from the rows/);
      assert.ok(!advice.rejected.some(({ definition }) => definition === of('odd').definition));
    });
  });

  test('rare values count: the index of a queue begins with its state', async () => {
    const queued = statement('next', 'SELECT id FROM jobs WHERE status = $1 ORDER BY run_at LIMIT 5', [], {
      tables: ['jobs'],
    });
    const begins = /^\(status, run_at|^\(run_at.*\).* WHERE status/;
    const told = (advice: Awaited<ReturnType<typeof advise>>) => advice.proposals[0]?.definition ?? '';
    const byPlanner = { url: postgresql.server.url('shop'), allowCopy: Boolean(withoutHypopg) };
    await using(byPlanner, async (connection) => {
      const advice = await advise(connection, request([queued]), context);
      assert.match(told(advice), begins);
      assert.match(advice.whatIf, /one statement, of which no call is known, planned for frequent and rare values/);
    });
    // On a copy most calls find what is done within a page: the one for what is queued costs more than all of them.
    await using({ url: postgresql.server.url('small'), allowCopy: true }, async (connection) => {
      const advice = await advise(connection, request([queued], { measure: true }), context);
      assert.match(told(advice), begins);
      assert.ok(advice.proposals[0]!.statements[0]!.measured!.interval[1] < 0.5);
    });
  });

  test('values of one row belong together, ranges are as wide as the rows of calls say, and all of it is the same again', async () => {
    const grammar = await loadGrammar();
    const schema = schemaOf([
      {
        id: 'public.orders',
        schema: 'public',
        name: 'orders',
        columns: ['id', 'customer_id', 'status', 'created_at', 'email', 'note'].map((name) => ({ name, type: null })),
      },
    ]);
    const client = new pg.Client(postgresql.server.url('shop'));
    await client.connect();
    try {
      const draw = (text: string, rows: number | null = null, samples: readonly { text: string; params: [] }[] = []) =>
        drawCalls(client, {
          statements: [{ id: 'one', text, samples }],
          rowsPerCall: new Map(rows === null ? [] : [['one', rows]]),
          rowsOf: new Map([['public.orders', 200_000]]),
          schema,
          grammar,
        });
      const pair = (await draw('SELECT 1 FROM orders WHERE customer_id = $1 AND email = $2')).get('one')!;
      assert.equal(pair.length, 4);
      for (const { text, params } of pair) assert.equal((await client.query(text, [...params])).rowCount, 1);
      assert.deepEqual((await draw('SELECT 1 FROM orders WHERE customer_id = $1 AND email = $2')).get('one'), pair);
      for (const rows of [200, 20_000]) {
        // The last one is of a rare status.
        for (const { text, params } of (await draw(PERIOD, rows)).get('one')!.slice(0, -1)) {
          const found = (await client.query(text, [...params])).rowCount!;
          assert.ok(found > rows / 8 && found < rows * 8, `${found} instead of ${rows}`);
        }
      }
      // Nothing is drawn for what has calls, for what no row tells, and for what is not understood.
      assert.equal((await draw(RECENT, null, [{ text: 'x', params: [] }])).size, 0);
      for (const text of [ODD, 'INSERT INTO orders (id) VALUES ($1)', 'SELEC $1'])
        assert.equal((await draw(text)).size, 0);
    } finally {
      await client.end();
    }
  });

  test('a value that was typed in and that no row has does not decide alone', { skip: withoutHypopg }, async () => {
    await using(asReader(), async (connection) => {
      const given = (typed: boolean) =>
        request([statement('given', FIRST, [], { samples: [{ text: FIRST, params: [], seconds: null }] })], { typed });
      const misled = await advise(connection, given(false), context);
      assert.deepEqual(misled.proposals, []);
      const advice = await advise(connection, given(true), context);
      assert.match(advice.proposals[0]!.definition, /created_at/);
      const told = await explainStatement(connection, { text: FIRST, params: [], run: false }, context);
      const note = told.notes.find((one) => /for any values/.test(one));
      assert.match(note ?? told.notes.join(), /does it otherwise: .* how many there are, a run tells/);
      const ran = await explainStatement(connection, { text: FIRST, params: [], run: true }, context);
      assert.match(ran.notes.join(), /the table does not hold/);
      const held = await explainStatement(
        connection,
        { text: FIRST.replace('none such', 'done'), params: [], run: true },
        context,
      );
      assert.ok(!held.notes.some((one) => /does not hold/.test(one)), held.notes.join());
    });
  });

  test('what is explained fills pg_stat_statements only where the role may not keep it out', {
    skip: withoutHypopg,
  }, async () => {
    const explained = async (written: object) => {
      await postgresql.server.query('SELECT pg_stat_statements_reset()', [], 'shop');
      const statements = Array.from({ length: 20 }, (_, i) =>
        statement(`s${i}`, `SELECT id + ${i} FROM orders WHERE customer_id = $1 AND total > ${i}`, [['5']]),
      );
      await using(written, (connection) => advise(connection, request(statements), context));
      const [row] = await postgresql.server.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_statements WHERE query LIKE 'EXPLAIN%' OR query ILIKE 'prepare%'`,
        [],
        'shop',
      );
      return row!.n;
    };
    assert.equal(await explained({ url: postgresql.server.url('shop') }), 0);
    assert.ok((await explained(asReader())) >= 20);
    await postgresql.server.query('GRANT SET ON PARAMETER pg_stat_statements.track TO reader');
    assert.equal(await explained(asReader()), 0);
  });
});

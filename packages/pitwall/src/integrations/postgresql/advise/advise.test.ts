import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutExtension, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import { advise } from './index.ts';
import { request, SHOP, statement } from './testing.ts';

const context = { signal: new AbortController().signal, environment: { attended: true } };
const RECENT = 'SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 10';
const OPEN = "SELECT id FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 50";
const MAIL = 'SELECT id FROM orders WHERE lower(email) = $1';
/** Some servers come without: there what-if is on a copy. */
const withoutHypopg = withoutExtension('hypopg');

suite('Index advice for PostgreSQL', { skip: withoutPostgresql(), timeout: 120_000 }, () => {
  const postgresql = sharedPostgresql({}, async (server) => {
    await server.createDatabase('shop');
    for (const text of SHOP) await server.query(text, undefined, 'shop');
    if (!withoutHypopg) await server.query('CREATE EXTENSION hypopg', undefined, 'shop');
    await server.query("CREATE ROLE watcher LOGIN PASSWORD 'watcher'");
    await server.query('GRANT pg_monitor TO watcher');
    await server.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO watcher', undefined, 'shop');
  });

  async function using(written: object, work: (connection: PostgresqlConnection) => Promise<void>): Promise<void> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ maxLoad: 1, ...written }), '/');
    try {
      await work(connection);
    } finally {
      await connection.close();
    }
  }

  test('composite, partial and expression index for a workload, with a role that may only look', {
    skip: withoutHypopg,
  }, async () => {
    const { port } = postgresql.server;
    const watcher = { host: '127.0.0.1', port, user: 'watcher', password: 'watcher', database: 'shop' };
    await using(watcher, async (connection) => {
      const advice = await advise(
        connection,
        request(
          [
            statement('recent', RECENT, [['5'], ['77'], ['1234']]),
            statement('open', OPEN, [], { calls: 500 }),
            statement('mail', MAIL, [['user5@example.com']]),
            statement('odd', 'SELEC 1', []),
          ],
          { budget: 13e6 },
        ),
        context,
      );
      const made = (pattern: RegExp) => {
        const found = advice.proposals.find(({ definition }) => pattern.test(definition));
        assert.ok(found, advice.proposals.map(({ definition }) => definition).join('; '));
        return found;
      };
      for (const { statements } of [made(/^\(customer_id/), made(/created_at.*WHERE status = 'open'$/)]) {
        assert.ok(statements[0]!.planner!.after < statements[0]!.planner!.before / 20, JSON.stringify(statements));
      }
      assert.match(
        made(/lower\(email\)/).ddl,
        /^CREATE INDEX CONCURRENTLY "pitwall_orders_lower_email_\w{8}" ON "public"\."orders"/,
      );
      assert.ok(advice.proposals.reduce((sum, { bytes }) => sum + bytes.estimated!, 0) <= 13e6);
      assert.match(advice.whatIf, /^HypoPG 1\.\d/);
      assert.ok(
        advice.notConsidered.some(({ statement: id, because }) => id === 'odd' && /not understood/.test(because)),
      );
      assert.ok(advice.cost.statements > 0 && advice.cost.seconds > 0);
      const left = await connection.analyse(
        (session) => session.query<{ n: number }>(`${OURS} count(*)::int AS n FROM ${session.hypopg!.schema}.hypopg()`),
        context.signal,
      );
      assert.equal(left[0]!.n, 0);
    });
  });

  test('an index that serves is respected; one that another makes superfluous is to be dropped, with the way back', async () => {
    await postgresql.server.query('CREATE DATABASE served TEMPLATE shop');
    for (const text of [
      'CREATE INDEX by_customer ON orders (customer_id)',
      'CREATE INDEX by_customer_date ON orders (customer_id, created_at)',
      'ANALYZE orders',
    ]) {
      await postgresql.server.query(text, undefined, 'served');
    }
    await using({ url: postgresql.server.url('served'), allowCopy: Boolean(withoutHypopg) }, async (connection) => {
      const advice = await advise(connection, request([statement('recent', RECENT, [['5']])]), context);
      assert.deepEqual(
        advice.proposals.map(({ action, name }) => [action, name]),
        [['drop', 'by_customer']],
      );
      const [drop] = advice.proposals;
      assert.equal(drop!.ddl, 'DROP INDEX CONCURRENTLY "public"."by_customer"');
      assert.equal(drop!.undo, 'CREATE INDEX CONCURRENTLY by_customer ON public.orders USING btree (customer_id)');
      assert.deepEqual(drop!.change, { tunable: 'postgresql/index', subject: 'public.by_customer', to: null });
    });
  });

  test('measured on a copy, which is gone afterwards: reads faster, writes with what they cost', async () => {
    await postgresql.server.query('CREATE DATABASE live TEMPLATE shop');
    await using({ url: postgresql.server.url('live'), allowCopy: true }, async (connection) => {
      const advice = await advise(
        connection,
        request(
          [
            statement('recent', RECENT, [['5'], ['77']]),
            statement('pay', 'UPDATE orders SET total = $2 WHERE id = $1', [['5', '1.5']], {
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
      const [create] = advice.proposals;
      assert.match(create!.definition, /^\(customer_id/);
      const recent = create!.statements.find(({ statement: id }) => id === 'recent');
      assert.ok(recent!.measured!.interval[1] < 0.5, JSON.stringify(recent));
      assert.ok(recent!.planner!.after < recent!.planner!.before);
      assert.equal(create!.writes[0]!.statement, 'pay');
      assert.ok(create!.bytes.measured! > 1e6 && create!.buildSeconds! > 0);
      assert.ok(
        create!.bytes.estimated! / create!.bytes.measured! > 0.75 &&
          create!.bytes.estimated! / create!.bytes.measured! < 1.25,
      );
    });
    const copies = await postgresql.server.query("SELECT datname FROM pg_database WHERE datname LIKE 'pitwall%'");
    assert.deepEqual(copies, []);
    const made = await postgresql.server.query(
      "SELECT relname FROM pg_class WHERE relname LIKE 'pitwall%'",
      [],
      'live',
    );
    assert.deepEqual(made, []);
  });

  test('without HypoPG: indexes built on a copy; without a copy it says what it needs', async () => {
    await postgresql.server.query('CREATE DATABASE plain TEMPLATE shop');
    await postgresql.server.query('DROP EXTENSION IF EXISTS hypopg', [], 'plain');
    const asked = request([statement('mail', MAIL, [])]);
    const url = postgresql.server.url('plain');
    await using({ url }, async (connection) => {
      await assert.rejects(advise(connection, asked, context), {
        code: 'POSTGRESQL_NO_WHAT_IF',
        message: /hypopg is not installed .* there is no copy/,
      });
    });
    await using({ url, allowCopy: true }, async (connection) => {
      const advice = await advise(connection, asked, context);
      assert.match(advice.whatIf, /^indexes built on a copy/);
      assert.ok(advice.proposals.some(({ definition }) => /lower\(email\)/.test(definition)));
    });
    const left = await postgresql.server.query(
      "SELECT relname FROM pg_class WHERE relname LIKE 'pitwall%'",
      [],
      'plain',
    );
    assert.deepEqual(left, []);
    // Whoever sits in the database is not thrown out for a copy of it.
    const other = new pg.Client(url);
    await other.connect();
    try {
      await using({ url, allowCopy: true }, async (connection) => {
        await assert.rejects(advise(connection, asked, context), /1 other session is connected/);
      });
      await using({ url, copy: { url } }, async (connection) => {
        await assert.rejects(advise(connection, asked, context), /the database itself, and no copy of it/);
      });
    } finally {
      await other.end();
    }
  });
});

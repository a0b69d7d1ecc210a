import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { Statement, Workload } from '../../../model/database.ts';
import { liveContext, viewFor } from '../../_proc/testing.ts';
import { workload as collector, factsFrom } from '../collectors/workload.ts';
import { connectPostgresql, type PostgresqlConnection } from '../connection.ts';
import { statementMeans } from '../meter/means.ts';
import { postgresqlOptions } from '../options.ts';
import { explainStatement } from '../plan/explain.ts';
import { statementRules } from '../rules/statements.ts';
import { StatementWatch } from '../statements.ts';
import { readWorkload } from './index.ts';
import { keptWorkload } from './kept.ts';
import { statementDetails } from './statement-details.ts';

suite('the workload of a real server', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({
    settings: {
      shared_preload_libraries: 'pg_stat_statements,auto_explain',
      'pg_stat_statements.track': 'all',
      logging_collector: 'on',
      log_destination: 'stderr,csvlog,jsonlog',
      log_filename: 'server.log',
      log_line_prefix: '%m [%p] %q%u@%d ',
      log_min_duration_statement: '0',
      log_file_mode: '0644',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_format': 'json',
    },
  });

  const logs = (suffix: string) => join(postgresql.server.directory, 'data', 'log', `server.${suffix}`);

  /** A new database with the extension and a table of 2,000 rows, and an application that is connected to it. */
  async function using(
    work: (database: {
      readonly url: string;
      readonly application: pg.Client;
      connect(written?: object): Promise<PostgresqlConnection>;
    }) => Promise<void>,
    extension = true,
  ): Promise<void> {
    const url = await postgresql.server.createDatabase();
    const application = new pg.Client(url);
    await application.connect();
    const connections: PostgresqlConnection[] = [];
    try {
      if (extension) await application.query('CREATE EXTENSION pg_stat_statements');
      await application.query('CREATE TABLE orders (id int PRIMARY KEY, customer int, note text)');
      await application.query("INSERT INTO orders SELECT i, i % 100, 'n' || i FROM generate_series(1, 2000) i");
      await application.query('ANALYZE orders');
      await work({
        url,
        application,
        async connect(written = {}) {
          const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...written }), '/');
          connections.push(connection);
          return connection;
        },
      });
    } finally {
      await application.end();
      for (const connection of connections) await connection.close();
    }
  }

  const named = (workload: Workload, part: string): Statement => {
    const found = workload.statements.find(({ text }) => text.includes(part));
    assert.ok(found, `no ${part} among ${workload.statements.map(({ text }) => text).join('\n')}`);
    return found;
  };
  const none = { previous: null, watch: 0 };

  test('statements by fingerprint, without values, ours left out; a difference between two readings', async () => {
    await using(async ({ application, connect }) => {
      const connection = await connect();
      for (let id = 1; id <= 10; id++) await application.query('SELECT note FROM orders WHERE id = $1', [id]);
      await application.query("SELECT count(*) FROM orders WHERE note = 'secret-1'");
      const first = await readWorkload(connection, none, liveContext());
      const byId = named(first, 'WHERE id =');
      assert.deepEqual([byId.calls, byId.rows, byId.kind, byId.tables], [10, 10, 'select', ['orders']]);
      assert.ok(byId.seconds! > 0 && byId.seconds! < 1);
      assert.ok(byId.io!.cacheHit >= 10 * 8192);
      assert.ok(!JSON.stringify(first.statements).includes('secret-1'));
      assert.ok(
        !first.statements.some(
          ({ text }) => /pg_stat_statements|pg_control_system/.test(text) && !/EXTENSION/.test(text),
        ),
      );
      assert.ok(first.window !== null && first.window > 0);
      assert.deepEqual(
        first.statements.map(({ seconds }) => seconds),
        first.statements.map(({ seconds }) => seconds).sort((a, b) => b! - a!),
      );

      for (let id = 1; id <= 7; id++) await application.query('SELECT note FROM orders WHERE id = $1', [id]);
      // As it would come out of the store.
      const previous = JSON.parse(JSON.stringify(first.snapshot));
      const second = await readWorkload(connection, { previous, watch: 0 }, liveContext());
      assert.equal(named(second, 'WHERE id =').calls, 7);
      assert.equal(second.statements.length, 1, 'nothing else was called in between');
      assert.ok(second.window! < first.window! + 60);

      await application.query('SELECT pg_stat_statements_reset()');
      await application.query('SELECT note FROM orders WHERE id = $1', [1]);
      const third = await readWorkload(connection, { previous, watch: 0 }, liveContext());
      assert.equal(named(third, 'WHERE id =').calls, 1);
      assert.match(third.sources[0]!.missing.join(), /reset since the earlier reading/);
    });
  });

  test('statements within functions are counted once, with their caller', async () => {
    await using(async ({ application, connect }) => {
      await application.query(
        "CREATE FUNCTION slow() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM orders WHERE note LIKE '%9'); END $$",
      );
      await application.query('SELECT slow()');
      const workload = await readWorkload(await connect(), none, liveContext());
      assert.ok(!workload.statements.some(({ text }) => text.includes('note LIKE') && !text.includes('FUNCTION')));
      assert.equal(named(workload, 'slow()').calls, 1);
      assert.match(
        workload.sources[0]!.missing.join(),
        /\b(1 statement within a function is|(?!1 )\d+ statements within functions are) counted/,
      );
    });
  });

  for (const form of ['log', 'csv', 'json']) {
    test(`a log (${form}): values, callers, loops and plans, counted once`, async () => {
      await using(async ({ application, connect }) => {
        const trace = (request: number) =>
          `/*route='%2Forders%2F%3Aid',method='get',traceparent='00-${'a'.repeat(30)}${10 + request}-${'b'.repeat(16)}-01'*/`;
        for (let request = 0; request < 3; request++) {
          for (let id = 1; id <= 8; id++) {
            await application.query(`SELECT note FROM orders WHERE id = $1 AND note <> $2 ${trace(request)}`, [
              id,
              "it's",
            ]);
          }
        }
        await application.query("SELECT count(*)\nFROM orders\nWHERE note = 'x'");
        const connection = await connect({ logs: [logs(form)] });
        const workload = await readWorkload(connection, none, liveContext());
        const byId = named(workload, 'WHERE id =');
        assert.equal(byId.calls, 24, 'by the counters, not added up');
        assert.equal(byId.samples.length, 8);
        assert.ok(byId.samples.every(({ params, seconds }) => (params as string[])[1] === "it's" && seconds! > 0));
        assert.deepEqual(byId.sources, ['statistics', `log:${logs(form)}`]);
        assert.equal(byId.callers[0]!.endpoint, 'GET /orders/:id');
        assert.deepEqual(
          workload.loops.map(({ statement, proof, requests, callsPerRequest }) => [
            statement,
            proof,
            requests,
            callsPerRequest,
          ]),
          [[byId.id, 'proven', 3, 8]],
        );
        const count = named(workload, 'count(*)');
        assert.match(count.samples[0]!.text, /note = 'x'/);
        const plans = keptWorkload(connection)!.plans.get(count.id)!;
        assert.match(plans.shapes[0]!.text, /Seq Scan orders/);
        assert.equal(plans.shapes[0]!.calls, 1);
        assert.ok(plans.shapes[0]!.marks.some(({ kind }) => kind === 'filter'));
        const { heaviest, reads, from } = count.plan!;
        assert.deepEqual([heaviest!.title, heaviest!.of, from], ['Seq Scan on orders', 'time', 'log']);
        assert.deepEqual([reads, byId.plan!.indexes], [['Seq Scan on orders'], ['orders_pkey']]);
        const asked = connection.own.statements;
        const details = await statementDetails(connection, [count.id, byId.id], liveContext());
        assert.deepEqual(details.get(byId.id), { plan: byId.plan });
        assert.equal(connection.own.statements, asked, 'what logs told is not asked again');
        assert.ok(!JSON.stringify(factsFrom(keptWorkload(connection)!)).includes("it's"), 'no values in facts');
      });
    });
  }

  test('without the extension a log alone does', async () => {
    await using(async ({ application, connect }) => {
      for (let id = 1; id <= 5; id++) await application.query(`SELECT * FROM orders WHERE customer = ${id}`);
      const workload = await readWorkload(await connect({ logs: [logs('csv')] }), none, liveContext());
      const found = named(workload, 'WHERE customer');
      assert.deepEqual([found.calls, found.samples.length], [5, 5]);
      assert.match(workload.sources[0]!.missing.join(), /shared_preload_libraries, then CREATE EXTENSION/);
      assert.ok(workload.window! >= 0);
    }, false);
  });

  test('sessions are watched: shares, waits, and what runs only now', async () => {
    await using(async ({ url, application, connect }) => {
      const connection = await connect();
      const [holder, waiter] = [application, new pg.Client(url)];
      await waiter.connect();
      await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
      const waiting = waiter.query('SELECT max(customer) FROM orders');
      const workload = await readWorkload(connection, { previous: null, watch: 0.6 }, liveContext());
      await holder.query('COMMIT');
      await waiting;
      await waiter.end();
      const kept = keptWorkload(connection)!;
      const seen = [...kept.activity.values()][0]!;
      assert.ok(seen.sessions > 0.5, `${seen.sessions}`);
      assert.equal(seen.waits[0]!.event, 'Lock: relation');
      const { waits } = named(workload, 'max(customer)');
      assert.deepEqual([waits![0]!.type, waits![0]!.event], ['Lock', 'relation']);
      assert.ok(waits![0]!.count >= 3 && waits![0]!.share > 0.5, JSON.stringify(waits));
      assert.ok(Math.abs(waits!.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9, JSON.stringify(waits));
      assert.ok(workload.sources.some(({ id }) => id === 'activity'));
    });
  });

  test('plans of statements that no log told of are asked of the planner, writes too, and none is run', async () => {
    await using(async ({ application, connect }) => {
      await application.query('SELECT note FROM orders WHERE customer = $1 ORDER BY id', [7]);
      await application.query('UPDATE orders SET customer = customer + 1 WHERE id = $1', [7]);
      await application.query('VACUUM orders');
      const connection = await connect();
      const workload = await readWorkload(connection, none, liveContext());
      const ids = workload.statements.map(({ id }) => id);
      const details = await statementDetails(connection, [...ids, 'unknown'], liveContext());
      const of = (part: string) => details.get(named(workload, part).id)?.plan;
      const scanned = of('SELECT note')!;
      assert.deepEqual([scanned.heaviest!.title, scanned.heaviest!.of], ['Seq Scan on orders', 'cost']);
      assert.ok(scanned.heaviest!.share > 0.5, JSON.stringify(scanned));
      assert.deepEqual(of('UPDATE orders')!.indexes, ['orders_pkey']);
      assert.equal(of('VACUUM'), undefined);
      assert.ok(!details.has('unknown'));
      const { rows } = await application.query('SELECT customer FROM orders WHERE id = 7');
      assert.deepEqual(rows, [{ customer: 8 }], 'the update ran once, by the application');
    });
  });

  test('a role without rights is told what it does not see, and what it needs', async () => {
    await using(async ({ url, application, connect }) => {
      await application.query('SELECT 1 FROM orders');
      await postgresql.server.query("CREATE ROLE reader LOGIN PASSWORD 'reader'");
      const guest = new URL(url);
      [guest.username, guest.password] = ['reader', 'reader'];
      const connection = await connect({ url: guest.href });
      const workload = await readWorkload(connection, none, liveContext());
      assert.match(workload.sources[0]!.missing.join(), /hidden from ours: GRANT pg_read_all_stats/);
      const hidden = await collector.collect(connection, liveContext());
      assert.match(hidden.gaps![0]!.why, /may not see \d+ entr.* GRANT pg_read_all_stats \(or pg_monitor\) TO it$/);
      await postgresql.server.query('GRANT pg_monitor TO reader');
      const more = await readWorkload(await connect({ url: guest.href }), none, liveContext());
      assert.ok(named(more, 'FROM orders'));
    });
  });

  test('EXPLAIN: with the values of a call that was seen, as given, or for any value; run only what reads', async () => {
    await using(async ({ application, connect }) => {
      await application.query('SELECT note FROM orders WHERE customer = $1', [7]);
      const connection = await connect({ logs: [logs('json')] });
      const text = 'SELECT note FROM orders WHERE customer = $1';
      const alone = await connect({});
      const generic = await explainStatement(alone, { text, params: [], run: true }, liveContext());
      assert.match(generic.notes.join('; '), /generic.*not run: its values are not known/);
      assert.equal(generic.plan.actualRows, null);
      // Where there is a log, it is read for the call's values.
      const sampled = await explainStatement(connection, { text, params: [], run: true }, liveContext());
      assert.match(sampled.notes.join('; '), /sample 1 of 1; run in a read-only transaction/);
      assert.equal(sampled.plan.actualRows, 20);
      assert.ok(sampled.seconds! > 0 && sampled.plan.seconds! > 0);
      assert.match(sampled.plan.marks.join(), /throws 99 % of 2,000 rows away/);
      const given = await explainStatement(
        connection,
        { text: 'SELECT note FROM orders WHERE id = $1', params: ['3'], run: false },
        liveContext(),
      );
      assert.deepEqual(given.indexes, ['orders_pkey']);
      const writes = await explainStatement(
        connection,
        { text: 'DELETE FROM orders', params: [], run: true },
        liveContext(),
      );
      assert.match(writes.notes.join(), /not run: it writes/);
      await assert.rejects(
        explainStatement(connection, { text: 'SELECT 1; DROP TABLE orders', params: [], run: true }, liveContext()),
        {
          code: 'POSTGRESQL_NOT_EXPLAINED',
        },
      );
      assert.equal((await application.query('SELECT 1 FROM orders')).rowCount, 2000);
    });
  });

  test('the collector: facts without values, JSON as they are stored', async () => {
    await using(async ({ application, connect }) => {
      await application.query("SELECT count(*) FROM orders WHERE note = 'secret-2'");
      const { facts, gaps } = await collector.collect(await connect({ logs: [logs('json')] }), liveContext());
      assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts);
      assert.deepEqual(gaps, []);
      assert.ok(!JSON.stringify(facts).includes('secret-2'));
      assert.ok(facts!.some(({ kind }) => kind === 'postgresql.statement'));
      assert.ok(facts!.some(({ kind }) => kind === 'postgresql.plan'));
    });
  });

  test('each fault is found in a database that has it, and none in one that has not', async () => {
    await using(async ({ application, connect }) => {
      const verdicts = async () => {
        const { facts } = await collector.collect(await connect({ logs: [logs('json')] }), liveContext());
        return Object.fromEntries(
          statementRules.map((rule) => {
            const result = rule.evaluate(viewFor(rule, {}, facts));
            return [
              rule.id.replace('postgresql/', ''),
              'found' in result ? result.found.map(({ summary }) => summary) : [],
            ];
          }),
        );
      };
      for (const [rule, found] of Object.entries(await verdicts())) assert.deepEqual(found, [], rule);

      // Columns that depend on each other: a twentieth is expected of a twentieth.
      await application.query(
        'CREATE TABLE places AS SELECT i % 40 AS city, i % 40 AS country FROM generate_series(1, 40000) i',
      );
      await application.query('ANALYZE places');
      await application.query('SELECT count(*), pg_sleep(0.03) FROM places WHERE city = 7 AND country = 7');
      for (let i = 0; i < 4; i++) {
        await application.query(
          "SELECT i FROM (SELECT i, repeat('x', 200) AS t FROM generate_series(1, 100000) i) s ORDER BY t, i DESC OFFSET 99999",
        );
      }
      for (let request = 0; request < 2; request++) {
        const trace = `/*traceparent='00-${'c'.repeat(31)}${request}-${'b'.repeat(16)}-01'*/`;
        for (let id = 1; id <= 6; id++) await application.query(`SELECT note FROM orders WHERE id = ${id} ${trace}`);
      }
      const found = await verdicts();
      assert.match(found['misestimated-rows']!.join(), /A step over places was expected/);
      assert.match(found['spills-to-disk']!.join(), /MiB went to temporary files .*generate_series/);
      assert.match(found['statement-loop']!.join(), /asks the same 6 times in a row: SELECT note FROM orders/);
      assert.deepEqual(found['not-understood'], []);
      assert.deepEqual(found['no-statement-statistics'], []);
    });
    await using(async ({ connect }) => {
      const { facts, gaps } = await collector.collect(await connect(), liveContext());
      const rule = statementRules.find(({ id }) => id === 'postgresql/no-statement-statistics')!;
      assert.ok('found' in rule.evaluate(viewFor(rule, {}, facts)));
      assert.match(gaps![0]!.why, /pg_stat_statements is not there/);
    }, false);
  });

  test('a text of another database that is not UTF-8 closes the view: said, and the rest goes on', async () => {
    await postgresql.server.query(
      "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    // A statement with the single byte df: the client library itself sends nothing but UTF-8.
    const spoil = () =>
      postgresql.server.query("DO $$ BEGIN EXECUTE 'SELECT 1 AS stra' || chr(223) || 'e'; END $$", [], 'ascii');
    await using(async ({ application, connect }) => {
      await application.query('SELECT note FROM orders WHERE id = $1', [1]);
      await spoil();
      await assert.rejects(application.query('SELECT query FROM pg_stat_statements'), { code: '22021' });
      try {
        const connection = await connect();
        const read = await readWorkload(connection, none, liveContext());
        assert.match(read.sources[0]!.missing.join(), /not valid in the encoding .* cannot be read from here/);
        assert.doesNotMatch(read.sources[0]!.missing.join(), /lost the texts/);
        assert.equal(read.statements.length, 0);
        assert.ok(read.snapshot !== null, 'counters are there');
        const { facts } = await collector.collect(connection, liveContext());
        const rule = statementRules.find(({ id }) => id === 'postgresql/no-statement-statistics')!;
        assert.match(JSON.stringify(rule.evaluate(viewFor(rule, {}, facts))), /cannot be read from this database/);
        assert.equal(await new StatementWatch(connection).read(), null);
        assert.deepEqual(await statementMeans(connection, new Set(), 0, liveContext()), []);
      } finally {
        await application.query('SELECT pg_stat_statements_reset()');
      }
      await application.query('SELECT note FROM orders WHERE id = $1', [1]);
      named(await readWorkload(await connect(), none, liveContext()), 'WHERE id =');
    });
  });
});

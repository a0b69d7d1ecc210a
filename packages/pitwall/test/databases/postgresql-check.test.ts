/**
 * The whole integration as a user has it: `pitwall check` on a PostgreSQL, with its statistics, its log and a copy. Each
 * diagnostic has tests of its own; here it is that no collector and no rule fails, whatever the server's version is.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import postgresqlIntegration from '../../src/integrations/postgresql/index.ts';
import type { Report } from '../../src/model/report.ts';
import { parseReport } from '../../src/report/json.ts';
import { inFolder, pitwall } from '../cli/support.ts';
import { sharedPostgresql, withoutPostgresql } from '../support/postgresql.ts';

const CUSTOMERS = 2000;
const ORDERS = 60_000;

const SHOP = [
  'CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)',
  `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
     status text NOT NULL, total numeric NOT NULL, note text)`,
  'CREATE INDEX orders_customer ON orders (customer_id)',
  `INSERT INTO customers (name) SELECT 'customer ' || i FROM generate_series(1, ${CUSTOMERS}) i`,
  `INSERT INTO orders (customer_id, status, total, note)
     SELECT 1 + i % ${CUSTOMERS}, CASE WHEN i % 500 = 1 THEN 'open' ELSE 'done' END, i / 7.0, repeat('x', 60) FROM generate_series(1, ${ORDERS}) i`,
];
const USUAL = ['SELECT total FROM orders WHERE customer_id = 7', 'SELECT name FROM customers WHERE id = 7'];

/** Each statement in a transaction of its own, and the finding it leads to. */
const FAULTS = {
  'postgresql/duplicate-index': 'CREATE INDEX orders_again ON orders (customer_id)',
  'postgresql/invalid-index': 'CREATE UNIQUE INDEX CONCURRENTLY orders_broken ON orders (status)',
  'postgresql/foreign-key-without-index':
    'CREATE TABLE payments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders)',
  'postgresql/table-without-primary-key': 'CREATE TABLE log (at timestamptz, line text)',
  'postgresql/sequence-near-end':
    "CREATE TABLE tickets (id bigint PRIMARY KEY, number serial); SELECT setval('tickets_number_seq', 2000000000)",
  'postgresql/stale-statistics': `INSERT INTO customers (name) SELECT 'new' FROM generate_series(1, ${CUSTOMERS}) i`,
  'postgresql/vacuum-debt': 'DELETE FROM orders WHERE id % 2 = 0',
};
/** Rows that make the foreign key worth an index. */
const PAID = [
  `INSERT INTO payments SELECT i, 2 * i - 1 FROM generate_series(1, 20000) i`,
  'VACUUM ANALYZE payments',
  'DELETE FROM orders WHERE id > 59990',
];
const SLOW = "SELECT id, total FROM orders WHERE status = 'open' AND total > ";
/** What one or the other way of building a cluster for tests is warned of, on every database. */
const OF_THE_CLUSTER = /^postgresql\/(no-statement-statistics|statistics-lost)$/;

suite('pitwall check of a PostgreSQL', { skip: withoutPostgresql(), timeout: 120_000 }, () => {
  const postgresql = sharedPostgresql({
    settings: {
      shared_preload_libraries: 'pg_stat_statements,auto_explain',
      'pg_stat_statements.track': 'all',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_buffers': 'on',
      'auto_explain.log_timing': 'on',
      'auto_explain.sample_rate': '1',
      log_line_prefix: '%m [%p] %q%u@%d ',
      track_io_timing: 'on',
      // On, as everywhere; but it does not come around while the tests run.
      autovacuum: 'on',
      autovacuum_naptime: '2147483s',
    },
  });

  async function make(name: string, statements: readonly string[]): Promise<void> {
    await postgresql.server.createDatabase(name);
    for (const sql of ['CREATE EXTENSION pg_stat_statements', ...SHOP, 'VACUUM ANALYZE', ...statements]) {
      await postgresql.server.query(sql, [], name).catch((error: Error) => {
        if (!/could not create unique index/.test(error.message)) throw error;
      });
    }
    // What built it is not what it is for.
    await postgresql.server.query('SELECT pg_stat_statements_reset()', [], name);
    for (const sql of USUAL) for (let call = 0; call < 30; call++) await postgresql.server.query(sql, [], name);
  }

  /** The report, after nothing failed; the exit code is 1 where an objective or a rule says that something is wrong. */
  async function check(name: string): Promise<Report> {
    const { server } = postgresql;
    return inFolder(async (cwd) => {
      const target = { integration: 'postgresql', url: server.url(name), logs: [join(server.directory, 'log')] };
      // What was called since a moment ago is all that there is.
      const rules = { 'postgresql/missing-index': { minimumWindow: 0, minimumCalls: 50 } };
      const config = { version: 1, targets: { db: { ...target, allowCopy: true, maxLoad: 1 } }, rules };
      writeFileSync(join(cwd, 'pitwall.yaml'), JSON.stringify(config));
      const { status, stdout, stderr } = await pitwall(['check', '--json', '--quiet', '--window', '500ms'], { cwd });
      assert.ok(status === 0 || status === 1, `exit ${status}: ${stderr}`);
      const report = parseReport(stdout);
      assert.deepEqual(
        report.collectors.flatMap(({ collector, failure }) => (failure ? [`${collector}: ${failure.message}`] : [])),
        [],
      );
      assert.deepEqual(
        report.rules.flatMap(({ rule, status, because }) => (status === 'error' ? [`${rule}: ${because}`] : [])),
        [],
      );
      assert.deepEqual(
        postgresqlIntegration.collectors
          .map(({ id }) => `postgresql/${id}`)
          .filter((id) => !report.collectors.some(({ collector }) => collector === id)),
        [],
        'collectors that did not run',
      );
      assert.deepEqual(
        postgresqlIntegration.rules.map(({ id }) => id).filter((id) => !report.rules.some(({ rule }) => rule === id)),
        [],
        'rules that did not run',
      );
      return report;
    });
  }

  const found = ({ findings }: Report) => [...new Set(findings.map(({ rule }) => rule))];

  test('with nothing wrong: nothing fails, and none of the faults below is found', async () => {
    await make('healthy', []);
    const report = await check('healthy');
    const faults = new Set<string>([...Object.keys(FAULTS), 'postgresql/missing-index']);
    assert.deepEqual(
      found(report).filter((rule) => faults.has(rule) || OF_THE_CLUSTER.test(rule)),
      [],
    );
    const outcome = (id: string) => report.rules.find(({ rule }) => rule === `postgresql/${id}`)!;
    for (const id of ['duplicate-index', 'invalid-index', 'missing-index', 'misestimated-rows']) {
      assert.equal(outcome(id).status, 'clear', `${id}: ${outcome(id).because}`);
    }
  });

  test('with everything wrong at once: nothing fails, all is found, the missing index on a copy', async () => {
    await make('faulty', [...Object.values(FAULTS), ...PAID]);
    // With its values in it, which the log shows.
    for (let call = 0; call < 20; call++) await postgresql.server.query(SLOW + call, [], 'faulty');
    // A delete of a parent that is counted is what an index on its children is proved by.
    await postgresql.server.query('DELETE FROM orders WHERE id = 59989', [], 'faulty');
    const report = await check('faulty');
    const expected = [...Object.keys(FAULTS), 'postgresql/missing-index'];
    const missing = expected.filter((rule) => !found(report).includes(rule));
    assert.deepEqual(
      report.rules.filter(({ rule }) => missing.includes(rule)).map(({ rule, because }) => `${rule}: ${because}`),
      [],
    );
    const index = report.findings.find(({ rule }) => rule === 'postgresql/missing-index')!;
    assert.match(index.subject, /public\.pitwall_orders_/, `${index.summary} ${JSON.stringify(index.evidence)}`);
    const key = report.findings.find(({ rule }) => rule === 'postgresql/foreign-key-without-index')!;
    const [proof] = key.changes![0]!.affects;
    assert.equal(proof!.indicator, 'postgresql.statement.mean', JSON.stringify(key));
    const dropped = report.findings.filter(({ changes }) => changes?.some(({ to }) => to === null));
    assert.deepEqual(
      dropped.map(({ rule, subject }) => [rule, subject]),
      [['postgresql/duplicate-index', 'public.orders_customer']],
      'one finding for one index',
    );
    assert.match(dropped[0]!.changes![0]!.reason, /must not become slower, or it is built again\. Not known: /);
    const copies = await postgresql.server.query("SELECT datname FROM pg_database WHERE datname LIKE 'pitwall%'");
    assert.deepEqual(copies, []);
  });
});

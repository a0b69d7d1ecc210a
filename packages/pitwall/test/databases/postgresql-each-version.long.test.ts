/**
 * Each version of PostgreSQL that is supported, from the command line, quickly: statements are counted, a fault is found, an index is
 * advised on a copy (npm's servers have no HypoPG), made, proved in place, and dropped again. Everything that is tested on one version
 * is run on each by postgresql-versions.long.test.ts.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { Plan } from '../../src/model/change.ts';
import { parseReport } from '../../src/report/json.ts';
import { COUNTED, writeConfig } from '../cli/postgresql-support.ts';
import { pitwall } from '../cli/support.ts';
import { npmPrograms, sharedPostgresql } from '../support/postgresql.ts';

const VERSIONS = [15, 16, 17, 18];
const ORDERS = 'SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 10';
const CALLS = 40;

const SHOP = [
  `CREATE EXTENSION pg_stat_statements;
   CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, created_at timestamptz NOT NULL, total int NOT NULL);
   INSERT INTO orders SELECT i, i::bigint * 7919 % 5000, timestamptz '2026-01-01' + i * interval '1 minute', i % 1000
     FROM generate_series(1, 200000) i;
   CREATE INDEX orders_total ON orders (total);
   CREATE INDEX orders_total_again ON orders (total)`,
  'VACUUM ANALYZE orders',
  // What made it is no workload.
  'SELECT pg_stat_statements_reset()',
];

for (const version of VERSIONS) {
  suite(`PostgreSQL ${version}`, () => {
    const cwd = mkdtempSync(join(tmpdir(), 'pitwall-version-'));
    after(() => rmSync(cwd, { recursive: true, force: true }));
    const postgresql = sharedPostgresql({ settings: COUNTED, version: npmPrograms(version) }, async (server) => {
      const url = await server.createDatabase('shop');
      for (const sql of SHOP) await server.query(sql, [], 'shop');
      for (let i = 0; i < CALLS; i++) await server.query(ORDERS, [i], 'shop');
      writeFileSync(join(cwd, 'shop.sql'), `-- calls: 500\n-- params: [17]\n-- params: [4711]\n${ORDERS};\n`);
      writeConfig(cwd, url, '    statementFiles: [shop.sql]\n    allowCopy: true\n');
    });
    const indexes = async () =>
      (
        await postgresql.server.query<{ name: string }>(
          "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'orders'::regclass ORDER BY 1",
          [],
          'shop',
        )
      ).map(({ name }) => name);

    test('statements, a fault, an index: on a copy, in place, and gone again', {
      skip: postgresql.skip,
      timeout: 300_000,
    }, async (context) => {
      assert.match(postgresql.server.version, new RegExp(`^${version}\\b`));
      const looked = await pitwall(['db', '--no-confirm', '--json'], { cwd });
      assert.equal(looked.status, 0, looked.stderr);
      const { databases, findings, collectors, cost } = parseReport(looked.stdout);
      assert.deepEqual(
        collectors.filter(({ failure }) => failure),
        [],
      );
      const { statements, sources } = databases![0]!.workload!;
      assert.deepEqual(sources.find(({ id }) => id === 'statistics')!.missing, []);
      const orders = statements.find(({ text }) => text.includes('FROM orders'))!;
      assert.deepEqual([orders.calls, orders.rows], [CALLS, CALLS * 10]);
      assert.equal(orders.plan!.heaviest!.title, 'Seq Scan on orders');
      assert.ok(cost.asked![0]!.statements > 0);
      assert.ok(
        findings.some(({ rule }) => rule === 'postgresql/duplicate-index'),
        findings.map(({ rule }) => rule).join(', '),
      );

      const had = await indexes();
      const planned = await pitwall(['plan', '-o', 'plan.json'], { cwd });
      assert.equal(planned.status, 0, planned.stderr);
      const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
      const made = plan.changes.find(({ subject }) => subject.startsWith('public.pitwall_orders_customer_id'));
      assert.ok(made, JSON.stringify(plan.changes.map(({ preview }) => preview.apply)));
      const [prediction] = made.predictions!;
      assert.ok(prediction!.copy!.interval[1] < 0.5, JSON.stringify(prediction));
      assert.deepEqual(await indexes(), had, 'only on the copy so far');

      writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ ...plan, changes: [made] }));
      const applied = await pitwall(['apply', 'plan.json', '--json'], { cwd });
      assert.equal(applied.status, 0, applied.stdout.slice(-2000) + applied.stderr);
      const [outcome] = parseReport(applied.stdout).outcomes;
      assert.equal(outcome!.decision, 'kept', outcome!.because);
      assert.ok(outcome!.effects![0]!.inPlace!.interval[1] < 0.5, outcome!.because);
      assert.equal((await indexes()).length, had.length + 1);

      const back = await pitwall(['rollback', 'all'], { cwd });
      assert.equal(back.status, 0, back.stdout + back.stderr);
      assert.deepEqual(await indexes(), had);
      const left = await postgresql.server.query("SELECT datname FROM pg_database WHERE datname LIKE 'pitwall%'");
      assert.deepEqual(left, [], 'no copy is left');
      context.diagnostic(`${postgresql.server.version}: ${outcome!.because}`);
    });
  });
}

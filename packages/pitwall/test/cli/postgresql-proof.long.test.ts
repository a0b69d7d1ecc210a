import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { COUNTED, writeConfig } from './postgresql-support.ts';
import { pitwall } from './support.ts';

/**
 * Nobody calls anything: the statements are in a file, with values. Indexes are built on a copy first, and then timed in
 * place with the same values: planner, copy and place stand side by side.
 */
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-proof-'));
const postgresql = sharedPostgresql({ settings: COUNTED, extensions: ['hypopg'] }, async (server) => {
  const url = await server.createDatabase('shop');
  for (const text of [
    `CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg;
     CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int, created_at timestamptz, state text, total int);
     CREATE TABLE customers (id int PRIMARY KEY, name text);
     INSERT INTO customers SELECT i, 'customer ' || i FROM generate_series(1, 20000) i;
     INSERT INTO orders SELECT i, i::bigint * 7919 % 5000, timestamptz '2026-01-01' + i * interval '1 minute',
       CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, i % 1000 FROM generate_series(1, 500000) i`,
    'ANALYZE',
  ]) {
    await server.query(text, [], 'shop');
  }
  writeFileSync(
    join(cwd, 'shop.sql'),
    `-- calls: 1000
-- params: [17]
-- params: [4711]
-- params: [4999]
SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 10;
-- calls: 200
SELECT count(*) FROM customers WHERE name LIKE '%7';
`,
  );
  writeConfig(cwd, url, '    statementFiles: [shop.sql]\n    allowCopy: true\n');
});
after(() => rmSync(cwd, { recursive: true, force: true }));

test('without traffic, real calls of a file are timed on a copy and in place, and the sign is right', {
  skip: postgresql.skip,
  timeout: 900_000,
}, async () => {
  const planned = await pitwall(['plan', '-o', 'plan.json'], { cwd });
  assert.equal(planned.status, 0, planned.stderr);
  const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
  const indexes = plan.changes.filter(({ tunable }) => tunable === 'postgresql/index');
  assert.equal(indexes.length, 1, JSON.stringify(plan.changes.map(({ preview }) => preview.apply)));
  const [prediction] = indexes[0]!.predictions!;
  assert.ok(prediction!.planner! < 0.5);
  assert.ok(prediction!.copy!.interval[1] < 0.5, JSON.stringify(prediction));
  assert.equal(indexes[0]!.affects[0]!.indicator, 'postgresql.statement.duration.p50');
  assert.ok(!JSON.stringify(plan).includes('4711'), 'no value of a call is in the plan');

  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ ...plan, changes: indexes }));
  const applied = await pitwall(['apply', 'plan.json', '--json', '--out', 'applied.md'], { cwd });
  assert.equal(applied.status, 0, applied.stderr);
  const [outcome] = (JSON.parse(applied.stdout) as Report).outcomes;
  assert.equal(outcome!.decision, 'kept');
  const [effect] = outcome!.effects!;
  assert.ok(effect!.inPlace!.ratio < 0.5 && effect!.signRight === true);
  assert.match(readFileSync(join(cwd, 'applied.md'), 'utf8'), /## Predicted and measured/);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { pitwall } from './support.ts';

/** An application with the kit's statement log on a SQLite file, no configured queries, and what the tool makes of it. */
const KIT = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'kit', 'src', 'index.ts')).href;
/** No number that the tool would come to on its own. */
const SECRET = '48151623';

const APPLICATION = `
import { DatabaseSync } from 'node:sqlite';
import { logStatements, withEndpoint } from '${KIT}';

const [reads, writes] = process.argv.slice(2).map(Number);
const db = new DatabaseSync('shop.db');
const log = logStatements(db, { file: 'statements.jsonl', sample: 4, whenFull: 'wait' });
const orders = db.prepare('SELECT id, total FROM orders WHERE customer_id = ? AND total < ?');
const others = ['SELECT name FROM customers WHERE id = ?', 'SELECT name FROM customers WHERE id > ? LIMIT 3',
  'SELECT max(id) FROM customers WHERE id < ?'].map((sql) => db.prepare(sql));
const place = db.prepare('INSERT INTO orders (customer_id, at, total) VALUES (?, ?, ?)');
await withEndpoint('GET /customers/:id', () => {
  for (let i = 0; i < reads; i++) {
    orders.all(i * 37 % 2000, ${SECRET}0 + i);
    for (const other of others) other.get(i * 37 % 2000);
  }
});
await withEndpoint('POST /orders', () => {
  db.exec('BEGIN');
  for (let i = 0; i < writes; i++) place.run(i * 7919 % 2000, i, i % 97);
  db.exec('COMMIT');
});
await log.stop();
db.close();
`;

/** The service has run, and has asked and written so often. */
function service(t: TestContext, reads: number, writes: number): string {
  const cwd = mkdtempSync(join(tmpdir(), 'pitwall-log-loop-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const db = new DatabaseSync(join(cwd, 'shop.db'));
  db.exec(`PRAGMA journal_mode = wal;
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, at INTEGER NOT NULL, total INTEGER NOT NULL);
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) INSERT INTO customers SELECT i, 'c' || i FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
      INSERT INTO orders SELECT i, i * 7919 % 2000, i, i % 97 FROM n;
    ANALYZE`);
  db.close();
  writeFileSync(join(cwd, 'app.mjs'), APPLICATION);
  execFileSync(process.execPath, ['--no-warnings', 'app.mjs', String(reads), String(writes)], { cwd });
  writeFileSync(
    join(cwd, 'pitwall.yaml'),
    `version: 1
service: { name: shop }
targets:
  db: { integration: sqlite, path: shop.db, logs: [statements.jsonl] }
trial: { blocks: 5, blockDuration: 200ms }
`,
  );
  return cwd;
}

function indexes(cwd: string): readonly string[] {
  const db = new DatabaseSync(join(cwd, 'shop.db'), { readOnly: true });
  const rows = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name").all();
  db.close();
  return rows.map(({ name }) => String(name));
}

test('a statement log and nothing else: check finds the missing index, plan has it, apply proves it by the calls of the log', {
  timeout: 240_000,
}, async (t) => {
  const cwd = service(t, 60, 50);
  const checked = await pitwall(['check', '--json'], { cwd });
  assert.ok(checked.status === 0 || checked.status === 1, checked.stderr);
  const report = JSON.parse(checked.stdout) as Report;
  const [finding, ...others] = report.findings.filter(({ rule }) => rule === 'sqlite/missing-index');
  assert.deepEqual(others, [], 'one index serves the workload');
  assert.equal(finding?.confidence, 'high', JSON.stringify(report.rules, null, 1));
  assert.match(
    finding.summary,
    /^an index on orders \(customer_id.* makes SELECT id, total FROM orders WHERE customer_id = \?/,
  );
  assert.deepEqual(indexes(cwd), [], 'check changes nothing');

  const planned = await pitwall(['plan', '-o', 'plan.json'], { cwd });
  assert.equal(planned.status, 0, planned.stderr);
  const written = readFileSync(join(cwd, 'plan.json'), 'utf8');
  const plan = JSON.parse(written) as Plan;
  const changes = plan.changes.filter(({ tunable }) => tunable === 'sqlite/index');
  assert.equal(changes.length, 1);
  const [{ affects, meter, subject }] = changes as [Plan['changes'][number]];
  assert.equal(affects[0]!.indicator, 'sqlite.statement.duration.p50');
  assert.ok(meter!.length >= 1);

  // Nothing but what this test is about.
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ ...plan, changes }));
  const applied = await pitwall(['apply', 'plan.json', '--json', '--out', 'applied.md'], { cwd });
  assert.equal(applied.status, 0, applied.stderr);
  const [outcome] = (JSON.parse(applied.stdout) as Report).outcomes;
  assert.deepEqual([outcome!.decision, outcome!.verdict], ['kept', 'improved']);
  assert.ok(outcome!.ratio! < 0.5 && outcome!.interval![1] < 1);
  const [effect] = outcome!.effects!;
  assert.match(effect!.text, /^SELECT id, total FROM orders WHERE customer_id = \?/);
  assert.ok(effect!.copy!.ratio < 0.5 && effect!.inPlace!.ratio < 0.5 && effect!.signRight === true);
  // Statements of the other table have nothing to do with it: controls, measured beside it.
  const controls = outcome!.comparisons.filter(
    ({ indicator, affected }) => !affected && indicator === affects[0]!.indicator,
  );
  assert.equal(controls.length, 3);
  assert.deepEqual(indexes(cwd), [subject]);
  for (const text of [checked.stdout, written, applied.stdout, readFileSync(join(cwd, 'applied.md'), 'utf8')]) {
    assert.ok(!text.includes(SECRET), 'a value of a call is shown or written');
  }

  const again = await pitwall(['check', '--json'], { cwd });
  const { rules } = JSON.parse(again.stdout) as Report;
  assert.equal(rules.find(({ rule }) => rule === 'sqlite/missing-index')?.status, 'clear');
});

test('where nearly all calls write, the index is not worth it, and check says so', { timeout: 120_000 }, async (t) => {
  const cwd = service(t, 1, 30_000);
  const checked = await pitwall(['check', '--json'], { cwd });
  const { rules, recommendations } = JSON.parse(checked.stdout) as Report;
  assert.ok(!JSON.stringify(recommendations).includes('sqlite/index'), 'it is recommended after all');
  const outcome = rules.find(({ rule }) => rule === 'sqlite/missing-index');
  assert.equal(outcome?.status, 'clear');
  assert.match(outcome.because, /^orders: on a copy nothing helped \(.{10}/);
});

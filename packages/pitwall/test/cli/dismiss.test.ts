import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { pitwall } from './support.ts';

const cwd = mkdtempSync(join(tmpdir(), 'pitwall-dismiss-'));
const FILL = `INSERT INTO orders (customer, total)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i * 7919 % 2000, i FROM n`;

function write(text: string): void {
  const database = new DatabaseSync(join(cwd, 'shop.db'));
  database.exec(text);
  database.close();
}

before(() => {
  write(
    `PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, total INTEGER); ${FILL}`,
  );
  writeFileSync(
    join(cwd, 'pitwall.yaml'),
    `version: 1
service: { name: shop }
targets:
  db:
    integration: sqlite
    path: shop.db
    queries:
      orders: { sql: "SELECT sum(total) FROM orders WHERE customer = ?", params: [[7], [8]] }
`,
  );
});
after(() => rmSync(cwd, { recursive: true, force: true }));

async function plan(): Promise<Plan> {
  const { status, stdout, stderr } = await pitwall(['plan', '--json'], { cwd });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Plan;
}
const indexIn = ({ changes }: Plan) => changes.find(({ tunable }) => tunable === 'sqlite/index');

test('a dismissed recommendation is left out with its reason, until something changes or it is wanted again', async () => {
  const first = indexIn(await plan());
  assert.ok(first);
  assert.deepEqual(first.basis!.sizes, [{ what: 'rows of orders', value: 20_000 }]);
  assert.ok(first.predictions![0]!.copy!.ratio < 1);

  const checked = await pitwall(['check', '--out', 'check.json'], { cwd });
  const { recommendations } = JSON.parse(readFileSync(join(cwd, 'check.json'), 'utf8')) as Report;
  const { id } = recommendations.find(({ subjects }) => subjects.includes(first.subject))!;
  assert.match(checked.stdout.replace(/\s+/g, ' '), new RegExp(`Status open, confidence high · ${id}`));

  const dismissed = await pitwall(['dismiss', id.slice(0, 9), '--because', 'orders go to another service'], { cwd });
  assert.equal(dismissed.status, 0, dismissed.stderr);
  assert.match(dismissed.stdout, new RegExp(`^${id} is dismissed: `));
  const second = await plan();
  assert.equal(indexIn(second), undefined);
  const why = /^dismissed on [\d-]+: orders go to another service; not proposed again, because nothing has changed/;
  assert.ok(
    second.leftOut.some(({ because }) => why.test(because)),
    JSON.stringify(second.leftOut),
  );

  const wanted = await pitwall(['dismiss', id, '--undismiss', '--json'], { cwd });
  assert.equal(JSON.parse(wanted.stdout).status, 'open');
  assert.ok(indexIn(await plan()));

  await pitwall(['dismiss', id, '--because', 'still not'], { cwd });
  write(FILL);
  assert.ok(indexIn(await plan()), 'the table has doubled');
});

test('mistakes are one sentence and change nothing', async () => {
  const says = async (args: readonly string[], pattern: RegExp) => {
    const { status, stderr } = await pitwall(['dismiss', ...args], { cwd });
    assert.equal(status, 2, stderr);
    assert.match(stderr, pattern);
    assert.ok(!stderr.includes(' at '), stderr);
  };
  await says(['r-0000000000', '--because', 'no'], /No saved run has a recommendation r-0000000000\.\nhint: /);
  await says(['r-', '--because', 'no'], /Several recommendations begin with r-\.|No saved run/);
  await says(['r-0000000000'], /Say why, with --because TEXT/);
  await says(['r-0000000000', '--because', 'x', '--undismiss'], /exclude each other/);
});

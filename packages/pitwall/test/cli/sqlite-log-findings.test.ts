import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { pitwall } from './support.ts';

/** A SQLite file and a log of its application, no configured queries. */
const SECRET = 48_151_623;

/** Without statistics the planner takes the useless index: equality on it sounds better than a range on the other. */
const MISLED = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, c INTEGER, pad TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
    INSERT INTO t SELECT i, 1, i, 'some text to make rows wide enough ' || i FROM n;
  CREATE INDEX useless ON t (a); CREATE INDEX useful ON t (c); CREATE INDEX idle ON t (pad);
`;
const SLOW = 'SELECT sum(length(pad)) FROM t WHERE a = 1 AND c > ? AND ? > 0';

/** The log covers so many days, up to now. */
function service(t: TestContext, days: number): string {
  const cwd = mkdtempSync(join(tmpdir(), 'pitwall-log-findings-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const db = new DatabaseSync(join(cwd, 'shop.db'));
  db.exec(MISLED);
  db.close();
  const from = Date.now() / 1000 - days * 86_400;
  const call = (text: string, i: number, params?: readonly number[]) =>
    JSON.stringify({ text, at: from + (i / 99) * days * 86_400, seconds: 0.02, params });
  const lines = Array.from({ length: 100 }, (_, i) => [
    call(SLOW, i, [39_990, SECRET + i]),
    ...(i % 5 === 0 ? [call('FOO BAR BAZ', i), call('BEGIN', i)] : []),
  ]);
  writeFileSync(join(cwd, 'statements.jsonl'), `${lines.flat().join('\n')}\n`);
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

test('a log alone: what is not understood is told of, ANALYZE is tried, proposed and proved with its calls', {
  timeout: 120_000,
}, async (t) => {
  const cwd = service(t, 0.5);
  const checked = await pitwall(['check', '--json'], { cwd });
  assert.ok(checked.status === 0 || checked.status === 1, checked.stderr);
  const report = JSON.parse(checked.stdout) as Report;
  const only = (rule: string) => {
    const [finding, ...others] = report.findings.filter((one) => one.rule === rule);
    assert.ok(finding && others.length === 0, `${rule}: ${JSON.stringify(report.rules)}`);
    return finding;
  };
  assert.match(only('sqlite/not-understood').summary, /^1 of 2 statements was not understood \(20 calls, 17 % of the/);
  assert.equal(only('sqlite/stale-statistics').confidence, 'high');
  // Half a day says nothing of what asks once a month.
  assert.deepEqual(
    report.findings.filter(({ rule }) => rule === 'sqlite/index-without-statement'),
    [],
  );
  assert.match(checked.stdout, /the logs cover 12 hours, and to call an index unused takes 35 days/i);

  const shown = await pitwall(['db'], { cwd });
  assert.match(shown.stdout, /FOO BAR BAZ\n\s+not understood: "FOO" is not expected where it stands/);
  assert.match(shown.stdout, /sqlite\/not-understood/);

  const planned = await pitwall(['plan', '-o', 'plan.json'], { cwd });
  assert.equal(planned.status, 0, planned.stderr);
  const written = readFileSync(join(cwd, 'plan.json'), 'utf8');
  const plan = JSON.parse(written) as Plan;
  const changes = plan.changes.filter(({ tunable }) => tunable === 'sqlite/statistics');
  assert.equal(changes.length, 1, written);
  assert.equal(changes[0]!.affects[0]!.indicator, 'sqlite.statement.duration.p50');
  // Nothing but what this test is about.
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ ...plan, changes }));
  const applied = await pitwall(['apply', 'plan.json', '--json'], { cwd });
  assert.equal(applied.status, 0, applied.stderr);
  const [outcome] = (JSON.parse(applied.stdout) as Report).outcomes;
  assert.deepEqual([outcome!.decision, outcome!.verdict], ['kept', 'improved']);
  assert.ok(outcome!.ratio! < 0.5 && outcome!.interval![1] < 1, JSON.stringify([outcome, changes]));
  for (const text of [checked.stdout, shown.stdout, written, applied.stdout]) {
    assert.ok(!text.includes(String(SECRET).slice(0, 6)), 'a value is shown or kept');
  }
});

test('a log of 36 days: the index that no statement uses is named, with how long that was watched', async (t) => {
  const { stdout } = await pitwall(['check', '--json'], { cwd: service(t, 36) });
  const [finding, ...others] = (JSON.parse(stdout) as Report).findings.filter(
    ({ rule }) => rule === 'sqlite/index-without-statement',
  );
  assert.deepEqual(
    others.map(({ subject }) => subject),
    [],
  );
  assert.equal(finding!.subject, 'idle');
  assert.match(finding!.summary, /named by no plan of the 1 statement that the logs tell of in 3[56] days/);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { workload } from '../collectors/workload.ts';
import { collectContext, connect, databaseWith, SHOP, viewOf } from '../testing.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { notUnderstood } from './not-understood.ts';
import { clear, found } from './testing.ts';

const T0 = 1_790_000_000;
const GOOD = 'SELECT id FROM devices WHERE site = ?';

async function judged(t: test.TestContext, log: string, name?: string) {
  const connection = connect(t, databaseWith(t, SHOP), { logs: [fileWith(t, log, name)] });
  const { facts = [] } = await workload.collect(connection, collectContext());
  return { facts, result: notUnderstood.evaluate(viewOf(notUnderstood, facts)) };
}

const calls = (text: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ text, at: T0 + i, seconds: 0.5, params: ['geheim'] }));

test('what no grammar knows is told of, with its calls and times and why; no value is', async (t) => {
  const { facts, result } = await judged(
    t,
    jsonLines(
      ...calls(GOOD, 40),
      ...calls('FOO BAR BAZ', 20),
      ...calls("SELECT FROM orders WHERE note = 'geheim'", 20),
    ),
  );
  const [finding, ...others] = found(result);
  assert.deepEqual(others, []);
  assert.equal(
    finding!.summary,
    '2 of 3 statements were not understood (40 calls, 50 % of the time): no advice is given for them',
  );
  const evidence = new Map(finding!.evidence.map(({ label, value }) => [label, value]));
  assert.equal(evidence.get('FOO BAR BAZ'), '"FOO" is not expected where it stands');
  assert.match(String(evidence.get('SELECT FROM orders WHERE note = ?')), /"FROM" is not expected/);
  assert.equal(evidence.get('calls of them'), 40);
  assert.equal(evidence.get('time in all calls of them'), 20);
  assert.ok(!JSON.stringify([facts, result]).includes('geheim'));
});

test('a rare one among hundreds of statements has its reason, and a log of plain SQL is read alike', async (t) => {
  const many = Array.from({ length: 300 }, (_, i) => calls(`SELECT id AS n${i} FROM devices`, 2)).flat();
  const rare = { text: 'UPSERT devices', at: T0, seconds: 0.0001, params: [] };
  const [finding] = found((await judged(t, jsonLines(...many, rare))).result);
  assert.match(finding!.summary, /^1 of 301 statements was not understood \(1 call, .*: no advice is given for it$/);
  assert.equal(finding!.evidence[0]!.label, 'UPSERT devices');
  const plain = await judged(t, 'SELECT id FROM devices;\nFOO BAR BAZ;\nFOO BAR BAZ;\n', 'statements.sql');
  assert.match(found(plain.result)[0]!.summary, /^1 of 2 statements was not understood \(2 calls\)/);
  const byLine = await judged(t, `${'SELECT id FROM devices\n'.repeat(20)}FOO BAR BAZ\n`, 'statements.sql');
  assert.match(found(byLine.result)[0]!.summary, /^1 of 2 statements was not understood \(1 call\)/);
});

test('silent where all is SQLite’s: its utility statements are no statements of the application', async (t) => {
  const utility = [
    ...['BEGIN IMMEDIATE', 'COMMIT', 'END', 'ROLLBACK TO a', 'SAVEPOINT a', 'RELEASE a', 'PRAGMA busy_timeout = 5000'],
    ...["ATTACH 'x.db' AS x", 'DETACH x', 'ANALYZE', 'VACUUM', 'REINDEX', 'EXPLAIN QUERY PLAN SELECT 1', ';ANALYZE'],
    ...['CREATE TABLE n (a)', 'ALTER TABLE n ADD b', 'DROP TABLE n'],
  ];
  const { result } = await judged(t, jsonLines(...calls(GOOD, 40), ...utility.flatMap((text) => calls(text, 3))));
  assert.match(clear(result), /^all 2 statements were understood$/);
  const nothing = notUnderstood.evaluate(viewOf(notUnderstood, []));
  assert.ok('notApplicable' in nothing);
});

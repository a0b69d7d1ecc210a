import assert from 'node:assert/strict';
import test from 'node:test';
import { workload } from '../collectors/workload.ts';
import { collectContext, connect, databaseWith, SHOP } from '../testing.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { indexWithoutStatement } from './index-without-statement.ts';
import { clear, diagnose, found, options } from './testing.ts';

const DAY = 86_400;
/** Of the tests’ clock. */
const NOW = 1_800_000_000;
const INDEXED = `${SHOP} CREATE INDEX used ON orders (status); CREATE INDEX idle ON orders (note);
  CREATE INDEX some ON orders (created_at) WHERE device_id = 3;`;

const USED = 'SELECT count(*) FROM orders WHERE status = ?';

/** Calls evenly over so many days, the last one an hour ago or so many days. */
const over = (days: number, text: string, count: number, endedDays = 1 / 24) =>
  Array.from({ length: count }, (_, i) => ({
    text,
    at: NOW - (endedDays + days * (1 - i / (count - 1))) * DAY,
    seconds: 0.001,
    params: ['geheim'],
  }));

async function judged(
  t: test.TestContext,
  log: string,
  { sql = INDEXED, name = 'statements.jsonl', ...more }: Record<string, unknown> & { sql?: string; name?: string } = {},
) {
  const connection = connect(t, databaseWith(t, sql), { ...options, logs: [fileWith(t, log, name)], ...more });
  const { facts = [] } = await workload.collect(connection, collectContext());
  assert.ok(!JSON.stringify(facts).includes('geheim'), 'a value is in a fact');
  return (await diagnose(connection, indexWithoutStatement, { minimumBytes: 1000 }, facts)).second;
}

test('what no statement of a long log uses is found, with how long that was watched', async (t) => {
  const [finding, ...others] = found(await judged(t, jsonLines(...over(36, USED, 200))));
  assert.deepEqual(others, []);
  assert.equal(finding!.subject, 'idle');
  assert.match(
    finding!.summary,
    /^idle on orders is named by no plan of the 1 statement that the logs tell of in 36 days/,
  );
  assert.equal(finding!.confidence, 'medium');
  assert.equal(finding!.changes, undefined);
  const covers = finding!.evidence.find(({ label }) => label === 'the logs cover');
  assert.ok(Math.abs(Number(covers?.value) - 36 * DAY) < 1);

  const dropped = { kind: 'dropped', calls: 3 };
  const [unsure] = found(await judged(t, jsonLines(...over(36, USED, 200), dropped)));
  assert.equal(unsure!.confidence, 'low', 'a lost call may be the one');
  assert.ok(unsure!.evidence.some(({ label, value }) => label === 'not in them' && /^3 calls/.test(String(value))));
});

test('a short log, one that has ended, few calls and one without times say nothing', async (t) => {
  const short = await judged(t, jsonLines(...over(10 / 1440, USED, 200)));
  assert.deepEqual(short, { notYet: 'the logs cover 10 minutes, and to call an index unused takes 35 days of them' });
  // What somebody wrote down besides makes a short log no longer.
  const queries = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`q${i}`, `SELECT count(*) FROM orders WHERE status = '${i}'`]),
  );
  assert.ok('notYet' in (await judged(t, jsonLines(...over(10 / 1440, USED, 200)), { queries, runs: 1 })));
  const ended = await judged(t, jsonLines(...over(36, USED, 200, 9.5)));
  assert.match(JSON.stringify(ended), /"notApplicable":"the last call in the logs is 9 days old/);
  assert.match(JSON.stringify(await judged(t, jsonLines(...over(36, USED, 20)))), /"notYet":"the logs have 20 calls/);
  const plain = await judged(t, `${"SELECT count(*) FROM orders WHERE status = 'a';\n".repeat(200)}`, {
    name: 'a.sql',
  });
  assert.match(JSON.stringify(plain), /"notApplicable":"the logs and files do not tell when statements were called/);
});

test('silent where any statement uses it: a single call, a write, through a view', async (t) => {
  const once = (text: string) => ({ text, at: NOW - 7200, seconds: 0.000001, params: ['geheim'] });
  const busy = Array.from({ length: 250 }, (_, i) => over(36, `SELECT ${i} AS n${i}, id FROM devices`, 3)).flat();
  const view = `${INDEXED} CREATE VIEW notes AS SELECT id, note FROM orders`;
  for (const [text, sql] of [
    ['SELECT * FROM orders WHERE note = ?', INDEXED],
    ['DELETE FROM orders WHERE note = ?', INDEXED],
    ['SELECT id FROM notes WHERE note = ?', view],
  ] as const) {
    const result = await judged(t, jsonLines(...busy, ...over(36, USED, 2), once(text)), { sql });
    assert.match(clear(result), /every large index that only finds rows is named by a plan/, text);
  }
});

test('silent where something without a plan may use it: a trigger, a statement that SQLite does not take', async (t) => {
  const trigger = `${INDEXED} CREATE TRIGGER gone AFTER DELETE ON devices
    BEGIN UPDATE orders SET status = 'gone' WHERE note = old.site; END`;
  const log = over(36, USED, 200);
  assert.match(
    clear(await judged(t, jsonLines(...log), { sql: trigger })),
    /^no plan names idle on orders, but a trigger/,
  );
  const own = {
    text: 'SELECT my_function(note) FROM orders WHERE note = ?',
    at: NOW - 7200,
    seconds: 0.1,
    params: ['geheim'],
  };
  assert.match(clear(await judged(t, jsonLines(...log, own))), /^no plan names idle on orders, but a trigger/);
  // A trigger that has to do with other tables alone hides nothing.
  const other = `${INDEXED} CREATE TRIGGER gone AFTER DELETE ON orders BEGIN DELETE FROM devices WHERE id = old.device_id; END`;
  assert.equal(found(await judged(t, jsonLines(...log), { sql: other })).length, 1);
});

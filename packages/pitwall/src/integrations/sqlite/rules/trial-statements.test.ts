import assert from 'node:assert/strict';
import test from 'node:test';
import type { Rule } from '../../../model/rule.ts';
import { workload } from '../collectors/workload.ts';
import { collectContext, connect, databaseWith, SHOP } from '../testing.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { redundantIndex } from './redundant-index.ts';
import { staleStatistics } from './stale-statistics.ts';
import { clear, diagnose, found, options } from './testing.ts';

/** A value that is in calls only. */
const SECRET = 48_151_623;

const calls = (text: string, params: readonly unknown[], count = 5) =>
  Array.from({ length: count }, (_, i) => ({ text, at: 1_790_000_000 + i, seconds: 0.01, params }));

const judged = (t: test.TestContext, sql: string, rule: Rule, ...entries: readonly object[]) =>
  judgedBy(t, sql, rule, fileWith(t, jsonLines(...entries)));

/** With a log alone: no query is configured. */
async function judgedBy(t: test.TestContext, sql: string, rule: Rule, log: string) {
  const connection = connect(t, databaseWith(t, sql), { ...options, logs: [log] });
  const { facts = [] } = await workload.collect(connection, collectContext());
  const result = await diagnose(connection, rule, {}, facts);
  assert.ok(!JSON.stringify(result).includes(String(SECRET)), 'a value is in a fact, a question or a finding');
  return result;
}

/** Without statistics the planner takes the useless index: equality on it sounds better than a range on the other. */
const MISLED = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, pad TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO t SELECT i, 1, 1, i, 'some text to make rows wide enough ' || i FROM n;
  CREATE INDEX useless ON t (a);
  CREATE INDEX useful ON t (c);
`;
const SLOW = 'SELECT sum(length(pad)) FROM t WHERE a = 1 AND c > ? AND ? > 0';

test('ANALYZE is a change where calls of a log are faster with it, and is proved by them in place', async (t) => {
  const { first, second } = await judged(t, MISLED, staleStatistics, ...calls(SLOW, [19_990, SECRET]));
  assert.equal(found(first)[0]!.changes, undefined, 'nothing is proposed before it is tried');
  const [finding] = found(second);
  assert.match(finding!.summary, /; with statistics SELECT sum\(length\(pad\)\) FROM t .* is \S+ faster/);
  const [change] = finding!.changes!;
  assert.deepEqual(change!.to, { analyze: true, analysisLimit: 0 });
  assert.equal(change!.affects[0]!.indicator, 'sqlite.statement.duration.p50');
  const statement = change!.affects[0]!.labels!.statement!;
  assert.deepEqual(change!.meter, [{ measure: 'sqlite.statement.duration', statement }]);
});

test('a log of plain SQL has calls, too: the values are in its texts', async (t) => {
  const log = `${SLOW.replace('?', '19990').replace('?', String(SECRET))};\n`.repeat(5);
  const { second } = await judgedBy(t, MISLED, staleStatistics, fileWith(t, log, 'statements.sql'));
  assert.equal(found(second)[0]!.changes!.length, 1);
});

test('no ANALYZE where no call of the log gets another plan, or the statistics fit', async (t) => {
  const same = `${SHOP} CREATE INDEX i ON orders (device_id)`;
  const asked = calls('SELECT * FROM orders WHERE device_id = ?', [SECRET]);
  assert.match(
    clear((await judged(t, same, staleStatistics, ...asked)).second),
    /but no query or statement gets another plan/,
  );
  assert.match(clear((await judged(t, `${MISLED} ANALYZE`, staleStatistics, ...calls(SLOW, [1, 2]))).second), /fit/);
  // Texts alone can be planned, but not repeated.
  const bare = await judged(t, MISLED, staleStatistics, { text: SLOW, at: 1_790_000_000, seconds: 0.01 });
  assert.match(found(bare.second)[0]!.advice!.text, /without configured queries, or real calls in a log/);
});

test('an index that another one makes needless is tried with calls of the log', async (t) => {
  const sql = `${SHOP} CREATE INDEX narrow ON orders (device_id); CREATE INDEX wide ON orders (device_id, id, status)`;
  const text = 'SELECT count(*) FROM orders WHERE device_id = ? AND id < ?';
  const { first, second, facts } = await judged(t, sql, redundantIndex, ...calls(text, [7, SECRET]));
  const [asked] = found(first);
  const id = facts.find(({ kind }) => kind === 'sqlite.statement')!.key;
  assert.deepEqual(asked!.confirm!.input, {
    variants: [{ name: 'narrow', dropIndex: true }],
    queries: [],
    statements: [id],
  });
  const [finding] = found(second);
  assert.deepEqual([finding!.subject, finding!.confidence], ['narrow', 'high']);
  assert.deepEqual(finding!.changes![0]!.meter, [
    { measure: 'sqlite.index.size' },
    { measure: 'sqlite.statement.duration', statement: id },
  ]);
});

test('it stays where a statement of the log is slower without it, or names it', async (t) => {
  // Each entry of the wide one is a quarter of a page, and of the narrow one a few bytes.
  const sql = `
    CREATE TABLE songs (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
      INSERT INTO songs SELECT i, i % 2, hex(zeroblob(440)) || i FROM n;
    CREATE INDEX narrow ON songs (parent);
    CREATE INDEX wide ON songs (parent, name)`;
  const counts = calls('SELECT count(*) FROM songs WHERE parent = ? AND 1 < ?', [1, SECRET]);
  assert.match(
    clear((await judged(t, sql, redundantIndex, ...counts)).second),
    /^narrow is covered by wide, but without it SELECT count\(\*\) FROM songs .* is \S+ slower/,
  );
  const hinted = calls('SELECT max(length(name)) FROM songs INDEXED BY narrow WHERE parent = ? AND 1 < ?', [1, SECRET]);
  assert.match(
    clear((await judged(t, sql, redundantIndex, ...hinted)).second),
    /but SELECT max\(length\(name\)\) .* names it \(INDEXED BY\)$/,
  );
});

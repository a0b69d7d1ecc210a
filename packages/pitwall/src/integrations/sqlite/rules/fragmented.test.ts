import assert from 'node:assert/strict';
import test from 'node:test';
import { fragmentation } from '../collectors/fragmentation.ts';
import { collectContext, connect, databaseWith, viewOf } from '../testing.ts';
import { fragmented } from './fragmented.ts';
import { clear, found } from './testing.ts';

const TABLE = 'CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, body TEXT);';
const rows = (id: string) => `${TABLE} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  INSERT INTO t SELECT ${id}, i, printf('%0400d', i) FROM n`;

async function judged(t: test.TestContext, sql: string) {
  const connection = connect(t, databaseWith(t, sql));
  const { facts = [] } = await fragmentation.collect(connection, collectContext());
  assert.equal(facts.length, 1);
  return fragmented.evaluate(viewOf(fragmented, facts, { thresholds: { minimumPages: 500 } }));
}

test('rows inserted in random order scatter the pages, and VACUUM puts them in order', async (t) => {
  const [finding] = found(await judged(t, rows('i * 7919 % 20011')));
  assert.equal(finding?.subject, 't');
  assert.match(finding.summary, /^\d+ % of the \d+ leaf pages of t/);
  assert.equal(finding.changes, undefined);
  clear(await judged(t, `${rows('i * 7919 % 20011')}; VACUUM`));
  clear(await judged(t, rows('i')));
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { staleStatistics } from './stale-statistics.ts';
import { clear, diagnose, found, options } from './testing.ts';

/** Without statistics the planner takes the useless index: equality on it sounds better than a range on the other. */
const MISLED = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, pad TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO t SELECT i, 1, 1, i, 'some text to make rows wide enough ' || i FROM n;
  CREATE INDEX useless ON t (a);
  CREATE INDEX useful ON t (c);
`;

test('found when ANALYZE makes a query faster on the copy', async (t) => {
  const connection = connect(t, databaseWith(t, MISLED), {
    ...options,
    queries: { q: { sql: 'SELECT sum(length(pad)) FROM t WHERE a = 1 AND c > ?', params: [[19_990]] } },
  });
  const { first, second } = await diagnose(connection, staleStatistics);
  assert.equal(found(first)[0]?.changes, undefined, 'nothing is proposed before it is tried');
  const [finding] = found(second);
  assert.equal(finding?.confidence, 'high');
  assert.deepEqual(finding?.changes?.[0]?.to, { analyze: true, analysisLimit: 0 });
  assert.match(finding?.evidence[0]?.value as string, /never analysed/);
});

test('says why not when no plan changes; silent when fresh; does not apply without indexes', async (t) => {
  const same = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id)`), {
    ...options,
    queries: { q: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[3]] } },
  });
  assert.match(clear((await diagnose(same, staleStatistics)).second), /but no configured query gets another plan/);
  const fresh = connect(t, databaseWith(t, `${MISLED} ANALYZE`), options);
  assert.match(clear((await diagnose(fresh, staleStatistics)).second), /statistics that fit/);
  const old = connect(t, databaseWith(t, `${MISLED} ANALYZE; DELETE FROM t WHERE id > 1500`), options);
  const [advice] = found((await diagnose(old, staleStatistics)).second);
  assert.match(advice?.evidence[0]?.value as string, /analysed with 20000 rows, has 1500/);
  assert.equal(advice?.advice?.code, 'PRAGMA optimize;');
  const bare = connect(t, databaseWith(t, SHOP), options);
  assert.ok('notApplicable' in (await diagnose(bare, staleStatistics)).second);
});

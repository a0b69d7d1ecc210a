import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { meter } from './meter.ts';
import { timeQuery } from './query-timing.ts';
import { collectContext, connect, databaseWith, SHOP } from './testing.ts';

/** Far more than the least budget, wherever it runs. */
const SLOW = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n';

/** A connection, and the times of all runs that its process has made so far, in order. */
function watched(t: TestContext, queries: Record<string, string> = {}) {
  const connection = connect(t, databaseWith(t, SHOP), { queries });
  const { mock } = t.mock.method(connection.runner(), 'time');
  const made = async () => {
    const replies = await Promise.all(mock.calls.map(({ result }) => result!));
    return replies.flatMap((reply) => ('answer' in reply ? (reply.answer.durations[0] ?? []) : []));
  };
  return { connection, made };
}

const effort = { runs: { least: 3, most: 5 }, budgetSeconds: 0.001, timeoutSeconds: 20 };

test('a slow query in a block: the first run never counts, one more does', async (t) => {
  const { connection, made } = watched(t);
  const query = { sql: SLOW, params: [] };
  const result = await timeQuery(connection, query, { ...effort, firstCounts: false }, new AbortController().signal);
  const durations = await made();
  assert.equal(durations.length, 2);
  assert.deepEqual('timing' in result && result.timing.durations, [durations[1]]);
});

test('a slow query in a check: the run that used up the budget is the answer', async (t) => {
  const { connection, made } = watched(t);
  const query = { sql: SLOW, params: [] };
  const result = await timeQuery(connection, query, { ...effort, firstCounts: true }, new AbortController().signal);
  const durations = await made();
  assert.equal(durations.length, 1);
  assert.deepEqual('timing' in result && result.timing.durations, durations);
});

test('the meter compares runs of a kind: slow or quick, the first is not among them', async (t) => {
  const { connection, made } = watched(t, { slow: SLOW, quick: 'SELECT count(*) FROM devices' });
  const samples = await meter(connection, { extra: [], budgetSeconds: 0.001 }, collectContext());
  const counted = samples.flatMap(({ name, value }) =>
    name === 'sqlite.query.duration' && typeof value === 'object' ? [value.count] : [],
  );
  assert.equal(counted[0], 1);
  assert.ok(counted[1]! >= 3);
  assert.equal((await made()).length, counted[0]! + counted[1]! + 2);
});

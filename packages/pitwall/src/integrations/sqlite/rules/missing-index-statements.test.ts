import assert from 'node:assert/strict';
import test from 'node:test';
import { workload } from '../collectors/workload.ts';
import { collectContext, connect, databaseWith, SHOP } from '../testing.ts';
import { sqliteIndex } from '../tunables/index.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { missingIndex } from './missing-index.ts';
import { clear, diagnose, found, options } from './testing.ts';

const T0 = 1_790_000_000;
const SECRET = 4_815_162;
const calls = (text: string, count: number, seconds: number, paramsOf: (i: number) => unknown[]) =>
  Array.from({ length: count }, (_, i) => ({ text, at: T0 + i, seconds, params: paramsOf(i) }));
const READ = 'SELECT * FROM orders WHERE device_id = ? AND created_at > ?';
const OTHERS = ['site', 'id', 'id, site'].map((columns) => `SELECT ${columns} FROM devices WHERE id = ?`);
const INSERT = 'INSERT INTO orders (device_id, status, created_at, note) VALUES (?, ?, ?, ?)';

/** As a run does: facts of the log on a connection that keeps the workload, then the rule and what it asks for. */
async function diagnoseLog(t: test.TestContext, entries: readonly object[], more: Record<string, unknown> = {}) {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    logs: [fileWith(t, jsonLines(...entries))],
    ...more,
  });
  const { facts = [] } = await workload.collect(connection, collectContext());
  return diagnose(connection, missingIndex, {}, facts);
}

test('statements of a log alone: found, chosen for all of them on a copy, to be proved by their own calls', async (t) => {
  const { first, second, facts } = await diagnoseLog(t, [
    ...calls(READ, 20, 0.01, (i) => [1 + i, SECRET]),
    ...OTHERS.flatMap((text) => calls(text, 20, 0.001, (i) => [i])),
    ...calls(INSERT, 5, 0.001, (i) => [i, 'open', 5, 'x']),
  ]);
  const [suspicion, ...others] = found(first);
  assert.deepEqual(others, []);
  assert.match(
    suspicion!.summary,
    /^orders \(20000 rows\) is read in full by SELECT \* FROM orders WHERE device_id = \?/,
  );
  assert.deepEqual(suspicion!.confirm?.input, { queries: [], statements: true });
  const read = facts.find(
    ({ kind, value }) => kind === 'sqlite.statement' && /device_id = \?/.test(JSON.stringify(value)),
  )!;
  const elsewhere = facts
    .filter(({ kind, value }) => kind === 'sqlite.statement' && /FROM devices/.test(JSON.stringify(value)))
    .map(({ key }) => key);
  const timer = { indicator: 'sqlite.statement.duration.p50', labels: { statement: read.key } };
  assert.deepEqual(suspicion!.changes?.[0]?.affects, [timer]);

  const [finding, ...rest] = found(second);
  assert.deepEqual(rest, []);
  assert.equal(finding!.confidence, 'high');
  const [change] = finding!.changes!;
  assert.ok(sqliteIndex.to.safeParse(change!.to).success);
  assert.deepEqual(change!.affects, [timer]);
  assert.equal(elsewhere.length, 3);
  assert.deepEqual(
    change!.controls,
    elsewhere.map((statement) => ({ ...timer, labels: { statement } })),
  );
  assert.deepEqual(
    change!.meter,
    [read.key, ...elsewhere].map((statement) => ({ measure: 'sqlite.statement.duration', statement })),
  );
  assert.deepEqual(change!.predictions?.[0]?.measuredBy, [timer]);
  assert.ok(
    finding!.evidence.some(({ label }) => /^INSERT INTO orders .* on a copy$/.test(label)),
    'what writes pay',
  );
  assert.ok(!JSON.stringify([facts, first, second]).includes(String(SECRET)), 'a value is in a fact or a finding');
});

test('a configured query that the log knows too is timed as the query that it is', async (t) => {
  const { second } = await diagnoseLog(
    t,
    calls(READ, 20, 0.01, (i) => [1 + i, SECRET]),
    {
      queries: { device: { sql: READ, params: [[7, 5]] } },
    },
  );
  const [change] = found(second)[0]!.changes!;
  assert.deepEqual(change!.affects, [{ indicator: 'sqlite.query.duration.p50', labels: { query: 'device' } }]);
  assert.equal(change!.meter, undefined);
});

test('an index that only an UPDATE needs is advice: it cannot be repeated in place', async (t) => {
  const { first, second } = await diagnoseLog(
    t,
    calls('UPDATE orders SET note = ? WHERE device_id = ? AND created_at = ?', 30, 0.01, (i) => ['n', 1 + i, i * 37]),
  );
  for (const result of [first, second]) {
    const [finding] = found(result);
    assert.equal(finding!.changes, undefined);
    assert.match(finding!.advice!.code!, /^CREATE INDEX "pitwall_orders_.* ON "orders" \(/);
  }
  assert.equal(found(second)[0]!.confidence, 'high');
});

test('silent on statements that find their rows, and without a log that tells of any', async (t) => {
  const { second } = await diagnoseLog(
    t,
    calls(OTHERS[0]!, 20, 0.001, (i) => [i]),
  );
  assert.equal(clear(second), 'no statement of the workload reads a large table in full');
});

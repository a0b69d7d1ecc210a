import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { sqliteIndex } from '../tunables/index.ts';
import { missingIndex } from './missing-index.ts';
import { clear, diagnose, found, options } from './testing.ts';

test('a scan with a condition is found, tried on a copy, and measured', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    queries: {
      device: { sql: 'SELECT * FROM orders WHERE device_id = ? ORDER BY created_at DESC LIMIT 5', params: [[7], [12]] },
      open: "SELECT count(*) FROM orders o WHERE o.status = 'open' AND created_at BETWEEN 5 AND 900",
    },
  });
  const { first, second } = await diagnose(connection, missingIndex);
  const [suspicion] = found(first);
  assert.equal(suspicion?.subject, 'orders');
  assert.equal(suspicion?.confidence, 'medium');
  const indexes = found(second);
  // Which index of equals it is, measuring decides: what counts is that every query has one that makes it faster.
  const improved = indexes.flatMap(({ changes }) => changes?.flatMap(({ affects }) => affects) ?? []);
  assert.deepEqual([...new Set(improved.map(({ labels }) => labels?.query))].sort(), ['device', 'open']);
  for (const finding of indexes) {
    assert.equal(finding.confidence, 'high');
    assert.equal(finding.confirm, undefined);
    const change = finding.changes?.[0];
    assert.ok(change?.predictedRatio !== undefined && change.predictedRatio < 0.9);
    assert.equal(change.tunable, 'sqlite/index');
    assert.ok(change.affects.length >= 1);
    assert.ok(sqliteIndex.to.safeParse(change.to).success, JSON.stringify(change.to));
  }
  const device = indexes.find(({ changes }) => changes?.[0]?.affects.some(({ labels }) => labels?.query === 'device'));
  const to = device?.changes?.[0]?.to as { table: string; columns: { name?: string }[] };
  assert.equal(to.table, 'orders');
  assert.equal(to.columns[0]?.name, 'device_id');
  assert.equal(connection.reader().prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'index'").get()?.n, 0);
});

test('silent on small tables, on what has an index, and on what no index can serve', async (t) => {
  const connection = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id)`), {
    ...options,
    queries: {
      device: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[7]] },
      site: "SELECT * FROM devices WHERE site = 'site 1'",
    },
  });
  assert.match(clear((await diagnose(connection, missingIndex)).second), /no configured query reads a large table/);
  const everything = connect(t, connection.path, {
    ...options,
    queries: { all: "SELECT sum(id) FROM orders WHERE note LIKE '%9'" },
  });
  assert.match(
    clear((await diagnose(everything, missingIndex)).second),
    /orders: it is read in full, but no condition/,
  );
});

test('what makes no difference on the copy is not proposed', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    queries: { most: "SELECT sum(length(note)) FROM orders WHERE status <= 'z' AND created_at > -5" },
  });
  const { first, second } = await diagnose(connection, missingIndex);
  assert.equal(found(first).length, 1);
  assert.match(clear(second), /orders: on a copy/);
});

test('an index on an expression is found as one on columns is', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    queries: { note: { sql: 'SELECT id FROM orders WHERE upper(note) = ?', params: [['ORDER 77'], ['ORDER 5']] } },
  });
  const { first, second } = await diagnose(connection, missingIndex);
  assert.equal(found(first)[0]?.changes, undefined, 'which one is for the planner to say');
  const [change] = found(second)[0]!.changes!;
  assert.ok(sqliteIndex.to.safeParse(change!.to).success);
  assert.match(JSON.stringify(change!.to), /"expression":"upper\(note\)"/);
});

test('does not apply without queries and statements', async (t) => {
  const { second } = await diagnose(
    connect(t, databaseWith(t, SHOP), { queries: { w: 'DELETE FROM orders' } }),
    missingIndex,
  );
  assert.deepEqual(second, { notApplicable: 'no configured query could be run, and no statement is known' });
});

test('without room for a copy the suspicion stays a suspicion', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    copyLimit: '4kB',
    queries: { device: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[7]] } },
  });
  const [finding] = found((await diagnose(connection, missingIndex)).second);
  assert.equal(finding?.confidence, 'medium');
  assert.equal(finding?.changes?.[0]?.subject, 'pitwall_orders_device_id');
});

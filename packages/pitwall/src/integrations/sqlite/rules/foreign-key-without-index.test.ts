import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { clear, diagnose, found, options } from './testing.ts';

test('the look-up of a parent delete is timed with and without', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), options);
  const deletes: Fact = {
    kind: 'load.endpoint',
    key: 'drop',
    value: { method: 'DELETE', path: '/devices/1', weight: 1 },
  };
  const { first, second } = await diagnose(connection, foreignKeyWithoutIndex, {}, [deletes]);
  assert.equal(found(first)[0]?.confidence, 'medium');
  const [finding] = found(second);
  assert.equal(finding?.subject, 'orders.device_id');
  assert.equal(finding?.severity, 'info');
  const change = finding?.changes?.[0];
  assert.deepEqual(change?.affects, [
    { indicator: 'sqlite.query.duration.p50', labels: { query: 'fk:orders.device_id' } },
  ]);
  assert.deepEqual(change?.meter, [
    {
      query: 'fk:orders.device_id',
      sql: 'SELECT 1 FROM "orders" WHERE "device_id" = ? LIMIT 1',
      params: [[Number.MIN_SAFE_INTEGER]],
    },
  ]);
});

test('without a delete in the load it is advice with the statement: what cannot be proved is not changed', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), options);
  const [finding] = found((await diagnose(connection, foreignKeyWithoutIndex)).second);
  assert.equal(finding?.changes, undefined);
  assert.match(finding?.advice?.code ?? '', /^CREATE INDEX "pitwall_orders_device_id" ON "orders" \("device_id"\);$/);
});

test('silent with an index or a small child, does not apply without keys', async (t) => {
  const covered = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id, status)`), options);
  assert.match(clear((await diagnose(covered, foreignKeyWithoutIndex)).second), /every foreign key has an index/);
  const small = connect(t, databaseWith(t, `${SHOP} DELETE FROM orders WHERE id > 10`), options);
  assert.match(clear((await diagnose(small, foreignKeyWithoutIndex)).second), /only 10 rows/);
  const none = connect(t, databaseWith(t, 'CREATE TABLE t (a)'), options);
  assert.ok('notApplicable' in (await diagnose(none, foreignKeyWithoutIndex)).second);
});

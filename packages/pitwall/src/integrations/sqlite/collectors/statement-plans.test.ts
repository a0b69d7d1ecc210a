import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { StatementFact } from '../facts.ts';
import { collectContext, connect, databaseWith, SHOP, temporaryFolder } from '../testing.ts';
import { keptWorkload } from '../workload/kept.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { workload } from './workload.ts';

const call = (text: string, params?: readonly unknown[]) => ({ text, at: 1_790_000_000, seconds: 0.001, params });

test('statements have plans, writes too; none is run, whatever it says; values stay in memory', async (t) => {
  const path = databaseWith(t, `${SHOP} CREATE INDEX by_status ON orders (status)`);
  const elsewhere = join(temporaryFolder(t), 'attached.db');
  const entries = [
    call('SELECT id FROM orders WHERE note = ? ORDER BY created_at', ['geheim']),
    call('SELECT id FROM orders WHERE status = ?', ['geheim']),
    call('UPDATE orders SET note = ? WHERE device_id = ?', ['geheim', 3]),
    call('DELETE FROM devices'),
    call("INSERT INTO devices SELECT id + 1000, 'geheim' FROM orders"),
    call('SELECT no_such_column FROM orders'),
    call("SELECT load_extension('geheim') FROM orders"),
    call('SELECT id FROM orders; DELETE FROM orders'),
    call(`ATTACH '${elsewhere}' AS x`),
    call('PRAGMA journal_mode = wal'),
    call('WITH gone AS (SELECT 1) DELETE FROM orders WHERE id IN (SELECT * FROM gone)'),
    // Without its values there is nothing to try; it has a plan all the same.
    call('SELECT id FROM devices WHERE site = ?'),
  ];
  const connection = connect(t, path, { logs: [fileWith(t, jsonLines(...entries))] });
  const before = readFileSync(path);
  const { facts = [] } = await workload.collect(connection, collectContext());
  const told = new Map(
    facts
      .filter(({ kind }) => kind === 'sqlite.statement')
      .map(({ value }) => value as unknown as StatementFact)
      .map((statement) => [statement.text, statement]),
  );
  const planOf = (begin: string) => {
    const found = [...told.values()].find(({ text }) => text.startsWith(begin));
    assert.ok(found, `${begin} is not among ${[...told.keys()].join(' | ')}`);
    return found.plan;
  };
  const orders = [{ table: 'orders', index: null }];
  assert.deepEqual(planOf('SELECT id FROM orders WHERE note'), {
    scans: orders,
    automaticIndexes: [],
    tempBtrees: ['ORDER BY'],
    indexes: [],
  });
  assert.deepEqual(planOf('SELECT id FROM orders WHERE status')?.scans, []);
  assert.deepEqual(planOf('SELECT id FROM orders WHERE status')?.indexes, ['by_status']);
  assert.deepEqual(planOf('UPDATE orders')?.scans, orders);
  assert.deepEqual(planOf('INSERT INTO devices')?.scans, [{ table: 'orders', index: 'by_status' }]);
  assert.deepEqual(planOf('SELECT id FROM devices')?.scans, [{ table: 'devices', index: null }]);
  assert.equal(planOf('SELECT no_such_column'), null);
  assert.equal(planOf('SELECT load_extension'), null);
  const { samples } = [...told.values()].find(({ text }) => text.startsWith('SELECT id FROM devices'))!;
  assert.equal(samples, 0);

  await connection.close();
  assert.deepEqual(readFileSync(path), before);
  assert.ok(!existsSync(elsewhere) && !existsSync(`${path}-wal`));
  assert.ok(!JSON.stringify(facts).includes('geheim'), 'a value is in a fact');
  assert.match(JSON.stringify(keptWorkload(connection)), /geheim/, 'but kept for what tries real calls');
});

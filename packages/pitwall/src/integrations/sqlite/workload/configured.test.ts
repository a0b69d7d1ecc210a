import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { configuredSource, workloadOf } from './configured.ts';

test('configured queries are a workload: by fingerprint, with calls an hour, samples, and the tables as the schema spells them', (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    queries: {
      one: { sql: 'SELECT * FROM Orders WHERE device_id = ?', params: [[1], [2], [3]], calls: 120 },
      same: { sql: 'select * from orders where device_id = 7', calls: 30 },
      write: 'UPDATE orders SET note = 1 WHERE id = 4',
      settings: 'PRAGMA journal_mode',
      broken: 'SELECT FROM WHERE (',
    },
  });
  const workload = workloadOf(connection, configuredSource(connection), 1);
  const read = workload.statements.find(({ kind }) => kind === 'select');
  assert.equal(workload.window, 3600);
  assert.equal(read?.calls, 150);
  assert.deepEqual(read.tables, ['orders']);
  assert.deepEqual(
    read.callers.map(({ endpoint, calls }) => [endpoint, calls]),
    [
      ['query one', 120],
      ['query same', 30],
    ],
  );
  assert.ok(!read.text.includes('7') && read.samples.length >= 3);
  const write = workload.statements.find(({ kind }) => kind === 'update');
  assert.equal(write?.calls, 1);
  assert.ok(workload.statements.find(({ kind }) => kind === 'unknown')?.notUnderstood);
  assert.match(workload.sources[0]!.missing.join(), /write, settings, broken have no `calls`/);
  assert.ok(!workload.statements.some(({ text }) => /pragma/i.test(text)));
});

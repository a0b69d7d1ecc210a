import assert from 'node:assert/strict';
import test from 'node:test';
import { workload } from './collectors/workload.ts';
import { meter } from './meter.ts';
import { collectContext, connect, databaseWith, SHOP } from './testing.ts';
import { holdersOf } from './tunables/holders.ts';
import { fileWith, jsonLines } from './workload/testing.ts';

test('times configured and extra queries within a block, each at least three times', async (t) => {
  const connection = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (status)`), {
    queries: {
      open: "SELECT count(*) FROM orders WHERE note LIKE '%9'",
      wrong: 'SELECT * FROM nowhere',
      write: 'DELETE FROM orders',
    },
  });
  const lookup = {
    query: 'fk:orders.device_id',
    sql: 'SELECT 1 FROM orders WHERE device_id = ? LIMIT 1',
    params: [[1], [-5]],
  };
  const samples = await meter(
    connection,
    { extra: [lookup, { measure: 'sqlite.index.size' }], budgetSeconds: 0.4 },
    collectContext(),
  );
  const of = (name: string, query?: string) =>
    samples.find((sample) => sample.name === name && (query === undefined || sample.labels.query === query))?.value;
  for (const query of ['open', 'fk:orders.device_id']) {
    const value = of('sqlite.query.duration', query);
    assert.ok(typeof value === 'object' && value.count >= 3 && value.histogram, query);
  }
  assert.equal(samples.filter((sample) => sample.name === 'sqlite.query.duration').length, 2);
  assert.ok(Number(of('sqlite.database.size')) > 4096);
  assert.ok(Number(of('sqlite.index.size')) > 4096);
});

test('nobody is seen holding the file between blocks, and a closed connection works again', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), { queries: { q: 'SELECT count(*) FROM devices' } });
  for (let i = 0; i < 2; i++) {
    assert.equal((await meter(connection, { extra: [], budgetSeconds: 0.05 }, collectContext())).length, 2);
    assert.deepEqual((await holdersOf(connection.path)).seen, []);
    await connection.close();
  }
});

test('refuses extra measurements of a shape it does not know', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP));
  await assert.rejects(meter(connection, { extra: [{ exec: 'rm' }], budgetSeconds: 0.1 }, collectContext()));
});

test('times statements of the log by their real calls, whatever their texts; nothing that writes or was not called', async (t) => {
  const at = 1_790_000_000;
  const count = 'SELECT count(*) FROM orders WHERE device_id = ?';
  const entries = [
    ...[3, 5, 7].map((device) => ({ text: count, at, seconds: 0.001, params: [device] })),
    ...['a', 'b'].map((site) => ({ text: `SELECT id FROM devices WHERE site = '${site}'`, at, seconds: 0.001 })),
    { text: 'UPDATE orders SET note = ? WHERE id = ?', at, seconds: 0.001, params: ['metered', 1] },
    { text: 'SELECT note FROM orders WHERE id = ?', at, seconds: 0.001 },
  ];
  const options = { logs: [fileWith(t, jsonLines(...entries))] };
  const path = databaseWith(t, SHOP);
  const { facts = [] } = await workload.collect(connect(t, path, options), collectContext());
  const statements = facts.filter(({ kind }) => kind === 'sqlite.statement').map(({ key }) => key);
  assert.equal(statements.length, 4);
  // As `apply` has it: a connection over which no workload was read yet.
  const connection = connect(t, path, options);
  const samples = await meter(
    connection,
    {
      extra: [...statements, 'no such'].map((statement) => ({ measure: 'sqlite.statement.duration', statement })),
      budgetSeconds: 0.3,
    },
    collectContext(),
  );
  const timed = samples.filter(({ name }) => name === 'sqlite.statement.duration');
  const texts = new Map(facts.map(({ key, value }) => [key, (value as { text?: string }).text]));
  assert.deepEqual(timed.map(({ labels }) => texts.get(labels.statement!)).sort(), [
    'SELECT count(*) FROM orders WHERE device_id = ?',
    'SELECT id FROM devices WHERE site = ?',
  ]);
  for (const { value } of timed) assert.ok(typeof value === 'object' && value.count >= 3 && value.max > 0);
  const byText = timed.find(({ labels }) => texts.get(labels.statement!)?.includes('devices'))!.value;
  assert.ok(typeof byText === 'object' && byText.count % 2 === 0, 'both texts count alike');
  assert.equal(connection.reader().prepare("SELECT count(*) AS n FROM orders WHERE note = 'metered'").get()?.n, 0);
});

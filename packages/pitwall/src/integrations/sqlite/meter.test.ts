import assert from 'node:assert/strict';
import test from 'node:test';
import { meter } from './meter.ts';
import { collectContext, connect, databaseWith, SHOP } from './testing.ts';
import { holdersOf } from './tunables/holders.ts';

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

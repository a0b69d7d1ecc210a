import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { indexWithoutStatement } from './index-without-statement.ts';
import { clear, diagnose, found, options } from './testing.ts';

const INDEXED = `${SHOP} CREATE INDEX used ON orders (status); CREATE INDEX idle ON orders (note);
  CREATE INDEX for_key ON orders (device_id); CREATE UNIQUE INDEX one_of ON orders (created_at, id);`;
const queries = (count: number, last: string) =>
  Object.fromEntries([
    ...Array.from({ length: count }, (_, i) => [`q${i}`, `SELECT count(*) FROM orders WHERE status = '${i}'`]),
    ['last', last],
  ]);
const thresholds = { minimumBytes: 1000 };

test('only an index that no plan names is found, and only when the workload is one', async (t) => {
  const path = databaseWith(t, INDEXED);
  const run = async (count: number, last: string) =>
    (
      await diagnose(
        connect(t, path, { ...options, runs: 1, queries: queries(count, last) }),
        indexWithoutStatement,
        thresholds,
      )
    ).second;
  const indexes = found(await run(10, 'SELECT 1'));
  assert.deepEqual(
    indexes.map(({ subject }) => subject),
    ['idle'],
  );
  assert.match(indexes[0]!.summary, /named by no plan of the 1[01] captured queries/);
  assert.equal(indexes[0]!.changes, undefined);
  clear(await run(10, "SELECT * FROM orders WHERE note = 'order 3'"));
  assert.ok('notApplicable' in (await run(4, 'SELECT 1')));
});

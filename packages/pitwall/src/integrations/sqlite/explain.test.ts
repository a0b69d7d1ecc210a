import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../errors.ts';
import { explainStatement } from './explain.ts';
import { connect, databaseWith, SHOP } from './testing.ts';

const signal = new AbortController().signal;

test('a plan is a tree with marks, a run, and the index that would help', async (t) => {
  const connection = connect(t, databaseWith(t, `${SHOP} ANALYZE`));
  const text = 'SELECT * FROM orders WHERE device_id = ? ORDER BY created_at';
  const explained = await explainStatement(connection, { text, params: [7], run: true }, signal);
  assert.equal(explained.plan.actualRows, 100);
  assert.ok(explained.seconds! > 0);
  const [scan, sort] = explained.plan.children;
  assert.equal(scan?.title, 'SCAN orders');
  assert.ok(scan.cost! > 10_000);
  assert.deepEqual(scan.marks, ['Reads every row of the table.']);
  assert.match(sort?.marks[0] ?? '', /ORDER BY/);
  assert.ok(
    explained.notes.some((note) => /CREATE INDEX .*"device_id".* would make it cheaper/.test(note)),
    explained.notes.join('\n'),
  );
  const plain = await explainStatement(connection, { text, params: [], run: false }, signal);
  assert.deepEqual([plain.seconds, plain.plan.actualRows], [null, null]);
});

test('a write is explained and never run; what is no statement is said to be none', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP));
  const explained = await explainStatement(
    connection,
    { text: 'DELETE FROM orders WHERE status = 1', params: [], run: true },
    signal,
  );
  assert.equal(explained.plan.children[0]?.title, 'SCAN orders');
  assert.equal(explained.seconds, null);
  assert.equal(connection.reader().prepare('SELECT count(*) AS n FROM orders').get()?.n, 20_000);
  await assert.rejects(
    explainStatement(connection, { text: 'SELEC 1', params: [], run: false }, signal),
    (error) => error instanceof PitwallError && error.code === 'SQLITE_EXPLAIN' && /syntax error/.test(error.message),
  );
});

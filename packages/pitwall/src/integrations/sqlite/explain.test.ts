import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../errors.ts';
import { explainStatement } from './explain.ts';
import { connect, databaseWith, SHOP } from './testing.ts';

const signal = new AbortController().signal;

test('a plan is a tree with marks and a run; which index would help is not asked here', async (t) => {
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
  assert.deepEqual(explained.notes, ['parameters as given', 'run, read-only, the second time with a warm cache']);
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

test('explaining takes no longer on a large table: it searches for nothing', async (t) => {
  const sql = `CREATE TABLE big (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    INSERT INTO big SELECT i, i % 4001, i % 7, i % 97, 'text ' || i FROM n;`;
  const connection = connect(t, databaseWith(t, sql));
  const text = "SELECT a, b, c FROM big WHERE a = 42 AND b = 3 AND c > 10 AND d LIKE 'text 1%' ORDER BY c, b";
  const start = performance.now();
  const explained = await explainStatement(connection, { text, params: [], run: false }, signal);
  assert.ok(performance.now() - start < 3000);
  assert.deepEqual(explained.notes.slice(1), ['not run', 'big never analysed: the planner guesses']);
  assert.equal(explained.plan.children[0]?.title, 'SCAN big');
  const open = { text: 'SELECT * FROM big WHERE a = ?', params: [], run: true };
  const without = await explainStatement(connection, open, signal);
  assert.equal(without.plan.children[0]?.title, 'SCAN big', 'planned without a value');
  assert.match(without.notes[1] ?? '', /^not run: /);
});

test('the text has no values; names in double quotes stay', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP));
  const shown = async (where: string) => {
    const text = `SELECT "note" FROM orders WHERE ${where}`;
    return (await explainStatement(connection, { text, params: [], run: false }, signal)).text;
  };
  assert.equal(await shown(`note = 'secret'`), 'SELECT "note" FROM orders WHERE note = ?');
  assert.equal(await shown(`"note" IS NULL`), 'SELECT "note" FROM orders WHERE "note" IS NULL');
});

test('a write says which foreign keys its rows are looked for by, without an index', async (t) => {
  const rows = (table: string, count: number) =>
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO ${table} (id) SELECT i FROM n;`;
  const sql = `
    CREATE TABLE parent (id INTEGER PRIMARY KEY, code INTEGER UNIQUE);
    CREATE TABLE "the child" (id INTEGER PRIMARY KEY, "the parent" INTEGER REFERENCES Parent ON DELETE CASCADE);
    CREATE TABLE grand (id TEXT PRIMARY KEY, child_id INTEGER REFERENCES "the child" (id)) WITHOUT ROWID;
    CREATE TABLE served (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (code));
    CREATE INDEX served_parent ON served (parent_id, id);
    CREATE TABLE small (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
    ${rows('"the child"', 2000)} ${rows('grand', 1500)} ${rows('served', 2000)} ${rows('small', 999)}`;
  const connection = connect(t, databaseWith(t, sql));
  const beyond = async (text: string) =>
    (await explainStatement(connection, { text, params: [], run: false }, signal)).beyond;
  const child = {
    because:
      'where the application sets PRAGMA foreign_keys = ON, each row that it deletes from parent reads the whole of the child (about 2,000 rows) for those that refer to it: no index begins with the parent',
    ddl: 'CREATE INDEX "pitwall_the_child_the_parent_ce926f1d" ON "the child" ("the parent");',
  };
  assert.deepEqual(await beyond('DELETE FROM parent WHERE id = 1'), [
    child,
    {
      because:
        'where the application sets PRAGMA foreign_keys = ON, each row of the child that is deleted with it (parent → the child, ON DELETE CASCADE) reads the whole of grand for those that refer to it: no index begins with child_id',
      ddl: 'CREATE INDEX "pitwall_grand_child_id" ON "grand" ("child_id");',
    },
  ]);
  assert.match(
    (await beyond('UPDATE PARENT SET ID = 7'))![0]!.because,
    /each row of parent whose id it changes reads the whole of the child/,
  );
  for (const silent of [
    'UPDATE parent SET code = 7',
    'DELETE FROM grand',
    'INSERT INTO parent VALUES (1, 1)',
    'SELECT * FROM parent',
  ])
    assert.equal(await beyond(silent), undefined, silent);
});

test('a foreign key that has an index is found by it: nothing is said', async (t) => {
  const connection = connect(t, databaseWith(t, `${SHOP} CREATE INDEX o ON orders (device_id);`));
  const request = { text: 'DELETE FROM devices WHERE id = 1', params: [], run: false };
  assert.equal((await explainStatement(connection, request, signal)).beyond, undefined);
  const bare = connect(t, databaseWith(t, SHOP));
  const [found, ...more] = (await explainStatement(bare, request, signal)).beyond!;
  assert.deepEqual([found!.ddl, more], ['CREATE INDEX "pitwall_orders_device_id" ON "orders" ("device_id");', []]);
});

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { parsePlan, parseStep, planText, stepsOf } from './eqp.ts';

const access = { index: null, covering: false, automatic: false, matched: 0 };

test('reads the lines of SQLite 3.53', () => {
  assert.deepEqual(parseStep('SCAN t'), { kind: 'scan', table: 't', ...access });
  assert.deepEqual(parseStep('SCAN order lines'), { kind: 'scan', table: 'order lines', ...access });
  assert.deepEqual(parseStep('SCAN u USING COVERING INDEX sqlite_autoindex_u_1'), {
    kind: 'scan',
    table: 'u',
    ...access,
    index: 'sqlite_autoindex_u_1',
    covering: true,
  });
  assert.deepEqual(parseStep('SEARCH u USING AUTOMATIC COVERING INDEX (y=?)'), {
    kind: 'search',
    table: 'u',
    index: 'automatic',
    covering: true,
    automatic: true,
    matched: 1,
  });
  assert.deepEqual(parseStep('SEARCH t USING INDEX i (a=? AND b>? AND b<?)'), {
    kind: 'search',
    table: 't',
    ...access,
    index: 'i',
    matched: 3,
  });
  assert.deepEqual(parseStep('SEARCH t USING INTEGER PRIMARY KEY (rowid=?)'), {
    kind: 'search',
    table: 't',
    ...access,
    index: 'rowid',
    matched: 1,
  });
  assert.deepEqual(parseStep('SEARCH t USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'), {
    kind: 'search',
    table: 't',
    ...access,
    index: 'rowid',
    matched: 1,
  });
  assert.deepEqual(parseStep('USE TEMP B-TREE FOR LAST TERM OF ORDER BY'), {
    kind: 'temp-b-tree',
    purpose: 'LAST TERM OF ORDER BY',
  });
});

test('reads the form before 3.36, and leaves alone what it does not know', () => {
  assert.deepEqual(parseStep('SCAN TABLE orders AS o'), { kind: 'scan', table: 'o', ...access });
  for (const detail of [
    'SCAN CONSTANT ROW',
    'SCAN ft VIRTUAL TABLE INDEX 0:M1',
    'CO-ROUTINE c',
    'MULTI-INDEX OR',
    'BLOOM FILTER ON u (y=?)',
    'something new',
    '',
  ]) {
    assert.deepEqual(parseStep(detail), { kind: 'other' }, detail);
  }
});

test('builds the tree, and survives rows that point in a circle', () => {
  const plan = parsePlan([
    { id: 2, parent: 0, detail: 'SCAN t' },
    { id: 5, parent: 0, detail: 'CORRELATED LIST SUBQUERY 1' },
    { id: 7, parent: 5, detail: 'SCAN u' },
  ]);
  assert.equal(planText(plan), 'SCAN t\nCORRELATED LIST SUBQUERY 1\n  SCAN u\n');
  assert.deepEqual(
    [...stepsOf(plan)].map((step) => step.kind),
    ['scan', 'other', 'scan'],
  );
  assert.deepEqual(
    parsePlan([
      { id: 1, parent: 2, detail: 'SCAN a' },
      { id: 2, parent: 1, detail: 'SCAN b' },
    ]),
    [],
  );
});

test('the engine of this Node still writes what we read', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE "a b" (x, y); CREATE INDEX i ON "a b" (x); CREATE TABLE u (z)');
  const explain = (sql: string) =>
    [
      ...stepsOf(
        parsePlan(
          database
            .prepare(`EXPLAIN QUERY PLAN ${sql}`)
            .all()
            .map((row) => ({ id: Number(row.id), parent: Number(row.parent), detail: String(row.detail) })),
        ),
      ),
    ].map(({ kind, ...rest }) => [kind, 'table' in rest ? `${rest.table} ${rest.index} ${rest.matched}` : '']);
  assert.deepEqual(explain('SELECT * FROM "a b" WHERE x = 1 AND y > 2 ORDER BY y'), [
    ['search', 'a b i 1'],
    ['temp-b-tree', ''],
  ]);
  assert.deepEqual(explain('SELECT * FROM "a b" s WHERE rowid = 1'), [['search', 's rowid 1']]);
  const join = explain('SELECT * FROM u JOIN "a b" s ON s.y = u.z');
  assert.ok(
    join.some(([kind, text]) => kind === 'search' && text?.includes('automatic')),
    JSON.stringify(join),
  );
  database.close();
});

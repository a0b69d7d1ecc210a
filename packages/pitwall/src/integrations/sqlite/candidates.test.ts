import assert from 'node:assert/strict';
import test from 'node:test';
import { rolesIn } from '../_sql/predicates.ts';
import { candidatesFor } from './candidates.ts';
import type { IndexFact, TableFact } from './facts.ts';

const COLUMNS = ['id', 'a', 'b', 'c', 'd', 'e', 'at'];
const TABLE: TableFact = {
  rows: 1e6,
  rowsFrom: 'count',
  withoutRowid: false,
  columns: COLUMNS.map((name) => ({ name, type: 'INTEGER', notNull: false, primaryKey: 0, generated: false })),
  rowidAlias: 'id',
  bytes: null,
  analyzedRows: null,
};

function candidates(
  sqls: readonly string[],
  existing: readonly string[][] = [],
  keys: readonly string[] = [],
): string[] {
  const uses = sqls.flatMap((sql, i) =>
    rolesIn(sql, (table) => (table === 't' ? COLUMNS : table === 'u' ? ['x'] : null))
      .filter((roles) => roles.table === 't')
      .map((roles) => ({ query: `q${i}`, roles })),
  );
  const indexes: IndexFact[] = existing.map((names) => ({
    table: 't',
    columns: names.map((name) => ({ name, desc: false, collate: 'BINARY' })),
    unique: false,
    origin: 'create',
    partial: false,
    bytes: null,
    analyzed: false,
  }));
  const foreignKeys = keys.map((key) => ({
    child: 't',
    columns: [key],
    parent: 'u',
    parentColumns: ['x'],
    coveredBy: null,
    absentKey: [0],
  }));
  return candidatesFor(uses, TABLE, indexes, foreignKeys).map(
    ({ columns, queries }) =>
      `${columns.map(({ name, desc, collate }) => name + (desc ? '-' : '') + (collate ? `~${collate}` : '')).join(',')}: ${queries.join(' ')}`,
  );
}

test('equality, then the order or one range', () => {
  assert.deepEqual(candidates(['SELECT * FROM t WHERE b > 1 AND a = 2 AND c < 3']), ['a,b: q0', 'a,c: q0', 'a: q0']);
  assert.deepEqual(candidates(['SELECT * FROM t WHERE a = 1 AND b > 2 ORDER BY at DESC LIMIT 5']), [
    'a,at: q0',
    'a,b: q0',
    'a: q0',
  ]);
  assert.deepEqual(candidates(['SELECT * FROM t ORDER BY a DESC, b LIMIT 5']), ['a-,b: q0']);
  assert.deepEqual(candidates(['SELECT a, count(*) FROM t GROUP BY a']), ['a: q0']);
  assert.deepEqual(candidates(['SELECT * FROM t WHERE a = ? COLLATE NOCASE']), ['a~NOCASE: q0']);
});

test('columns that many queries share go first, and the first choice of each query before second ones', () => {
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a = 1 AND b = 2', 'SELECT 1 FROM t WHERE b = 1']), [
    'b,a: q0',
    'b: q1',
  ]);
});

test('a foreign key counts as one more use of its column', () => {
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a = 1 AND b = 2'], [], ['b']), ['b,a: q0']);
});

test('constants come before join columns, and each is tried alone', () => {
  assert.deepEqual(candidates(['SELECT 1 FROM u JOIN t ON t.a = u.x WHERE t.b = 1']), ['b,a: q0', 'b: q0', 'a: q0']);
});

test('a join by the rowid needs no index, so its column is in none', () => {
  assert.deepEqual(candidates(['SELECT 1 FROM u LEFT JOIN t ON t.id = u.x WHERE t.b = 1 ORDER BY t.c']), [
    'b,c: q0',
    'b: q0',
  ]);
});

test('nothing that exists, is the rowid, or is wider than four', () => {
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a = 1'], [['a', 'b']]), []);
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a = 1'], [['b', 'a']]), ['a: q0']);
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE id = 1 AND a = 2']), []);
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a = 2 ORDER BY at, id']), ['a,at: q0', 'a: q0']);
  assert.deepEqual(candidates(['SELECT 1 FROM t WHERE a=1 AND b=1 AND c=1 AND d=1 AND e=1 AND at > 1']), [
    'a,b,c,d: q0',
  ]);
});

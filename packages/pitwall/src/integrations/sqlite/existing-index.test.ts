import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { columnCollations, specOfIndex } from './existing-index.ts';
import { readSchema } from './schema.ts';

test('indexes are read back as the advisor describes them: expressions, direction, collations of their own, predicate', () => {
  const database = new DatabaseSync(':memory:');
  const table = 'CREATE TABLE t (a TEXT COLLATE nocase, b INTEGER CHECK (b > 0), "c,d" TEXT DEFAULT (\'x\'))';
  database.exec(table);
  database.exec(
    `CREATE INDEX i ON t (a, b DESC, "c,d" COLLATE nocase, (lower(a) || ',' || b) COLLATE rtrim) WHERE b > 1 AND a <> ')'`,
  );
  const sql = String(database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'i'").get()?.sql);
  const [index] = readSchema(database, 10).indexes;
  const collations = columnCollations(table);
  assert.deepEqual([...collations], [['a', 'nocase']]);
  const spec = specOfIndex(index!, sql, collations);
  assert.deepEqual(
    spec?.keys.map(({ column, expression, desc, collate }) => [column, expression, desc, collate]),
    [
      ['a', null, false, null],
      ['b', null, true, null],
      ['c,d', null, false, 'nocase'],
      [null, "lower(a) || ',' || b", false, 'rtrim'],
    ],
  );
  assert.equal(spec?.where, "b > 1 AND a <> ')'");
  assert.equal(specOfIndex(index!, null, collations), null);
  database.close();
});

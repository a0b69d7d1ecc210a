import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { createIndexSql, quoteIdentifier } from './identifiers.ts';
import { indexName } from './index-name.ts';

const columns = (...names: string[]) => names.map((name) => ({ name }));

test('says the table and columns, the same every time', () => {
  assert.equal(
    indexName({ table: 'orders', columns: columns('device_id', 'status') }, []),
    'pitwall_orders_device_id_status',
  );
  assert.equal(
    indexName(
      {
        table: 'orders',
        columns: [
          { name: 'at', desc: true },
          { name: 'x', collate: 'NOCASE' },
        ],
      },
      [],
    ),
    'pitwall_orders_at_desc_x_nocase',
  );
});

test('is short, plain and not taken, and tells apart what looks alike', () => {
  const names = [
    indexName({ table: 'a'.repeat(80), columns: columns('b') }, []),
    indexName({ table: 'a'.repeat(80), columns: columns('c') }, []),
    indexName({ table: 'Bestellung ü', columns: columns('x"; DROP TABLE t; --') }, []),
    indexName({ table: 'Bestellung ö', columns: columns('x"; DROP TABLE t; --') }, []),
    indexName({ table: 't', columns: columns('a') }, ['PITWALL_T_A', 'pitwall_t_a_2']),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(names[4], 'pitwall_t_a_3');
  for (const name of names) assert.match(name, /^pitwall_[a-z0-9_]{1,52}$/);
});

test('hostile names stay names in SQL', () => {
  const database = new DatabaseSync(':memory:');
  for (const [i, name] of ['a b', 'a"b', "a'b", 'x"; DROP TABLE "t', 'ünï—😀', 'select', ']', '`'].entries()) {
    database.exec(`CREATE TABLE ${quoteIdentifier(name)} (${quoteIdentifier(name)})`);
    database.exec(createIndexSql(`i${i}`, { table: name, columns: [{ name, desc: true, collate: 'nocase' }] }));
    const row = database.prepare('SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE key').get(`i${i}`);
    assert.deepEqual({ ...row }, { name, desc: 1, coll: 'nocase' });
  }
  assert.throws(() => quoteIdentifier('a\0b'), TypeError);
  database.close();
});

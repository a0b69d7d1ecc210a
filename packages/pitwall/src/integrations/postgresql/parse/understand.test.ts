import assert from 'node:assert/strict';
import test from 'node:test';
import { commonUses } from '../../_sql/statement/common.ts';
import { loadGrammar } from './load.ts';
import { roleText, testSchema } from './testing.ts';
import { understand } from './understand.ts';

const grammar = await loadGrammar();
const schema = testSchema({
  orders: [
    'id bigint',
    'customer_id bigint',
    'status text',
    'created_at timestamp with time zone',
    'at timestamp without time zone',
    'total numeric(10,2)',
    'deleted_at timestamp with time zone',
    'active boolean',
    'data jsonb',
    'code character varying(100)',
  ],
  customers: ['id bigint', 'name text', 'email text', 'site_id integer', 'vip boolean', 'Mixed text', 'order text'],
  'audit.orders': ['id bigint', 'what text'],
});
const read = (sql: string) => understand(grammar, sql, schema);
function roles(sql: string): string[] {
  const { uses, notUnderstood } = read(sql);
  assert.equal(notUnderstood, null, sql);
  return uses.map(roleText);
}
const constants = (sql: string) => read(sql).uses.flatMap((use) => use.constants.map(({ predicate }) => predicate));
const output = (sql: string) => read(sql).uses.map((use) => use.output?.toSorted().join() ?? '*');

test('equality, ranges and order', () => {
  assert.deepEqual(
    roles(`SELECT * FROM orders WHERE status = 'open' AND customer_id = $1 AND created_at >= $2
           ORDER BY created_at DESC NULLS LAST, id LIMIT 10`),
    ['orders E=status,customer_id R=created_at S=created_at-v,id limit'],
  );
  assert.deepEqual(
    roles("SELECT 1 FROM orders WHERE status IN ('a', $1) AND customer_id = ANY($2) AND deleted_at IS NULL"),
    ['orders E=status:in2,customer_id:in,deleted_at:is-null'],
  );
  assert.deepEqual(roles("SELECT 1 FROM orders WHERE 5 < total AND at BETWEEN $1 AND $2 AND status LIKE 'ab%'"), [
    'orders R=total,at,status%',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE active AND NOT (NOT active) OR active IS TRUE'), [
    'orders E=active:in2',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM customers WHERE NOT vip AND name COLLATE "C" > $1'), [
    'customers E=vip R=name~C',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE (customer_id, id) > ($1, $2) ORDER BY customer_id, id LIMIT 5'), [
    'orders R=customer_id S=customer_id,id limit',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE (customer_id, status) IN ((1, $1), (2, $2))'), [
    'orders E=customer_id:in2,status:in2',
  ]);
});

test('alternatives are a list when they test the same, and nothing else', () => {
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE id = 1 OR id = $1 OR id IN (3, 4)'), ['orders E=id:in4']);
  assert.deepEqual(roles("SELECT 1 FROM orders WHERE (id = 1 AND status = 'a') OR (id = 2 AND total > 3)"), [
    'orders E=id:in2',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE id = 1 OR total = 2'), ['orders']);
  const join =
    'SELECT 1 FROM orders o, customers c WHERE (c.id = customer_id AND vip) OR (c.id = customer_id AND site_id = 1)';
  assert.deepEqual(roles(join), ['o J=customer_id>customers.id', 'c J=id>orders.customer_id']);
});

test('joins of all kinds', () => {
  assert.deepEqual(roles('SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.site_id = $1'), [
    'o J=customer_id>customers.id',
    'c E=site_id J=id>orders.customer_id',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders, customers c WHERE customer_id = c.id'), [
    'orders J=customer_id>customers.id',
    'c J=id>orders.customer_id',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders JOIN customers USING (id)'), [
    'orders J=id>customers.id',
    'customers J=id>orders.id',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders a NATURAL JOIN audit.orders b'), [
    'a J=id>audit.orders.id',
    'b J=id>orders.id',
  ]);
  assert.deepEqual(
    roles('SELECT 1 FROM customers c, LATERAL (SELECT 1 FROM orders o WHERE o.customer_id = c.id LIMIT 3) x'),
    ['c', 'o E=customer_id limit'],
  );
});

test('an outer join filters only the side that may be missing, and its absence is no test of the table', () => {
  assert.deepEqual(
    roles('SELECT 1 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND c.vip AND o.active'),
    ['c', 'o E=active J=customer_id>customers.id'],
  );
  assert.deepEqual(roles('SELECT 1 FROM orders o RIGHT JOIN customers c ON o.customer_id = c.id AND c.vip'), [
    'o J=customer_id>customers.id',
    'c',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders o FULL JOIN customers c ON o.customer_id = c.id'), ['o', 'c']);
  const absent = 'SELECT 1 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.deleted_at IS NULL';
  assert.deepEqual(roles(absent), ['c', 'o J=customer_id>customers.id']);
  assert.deepEqual(constants(absent), []);
  const inner =
    'SELECT 1 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status = $1 ORDER BY o.at';
  assert.deepEqual(roles(inner), ['c', 'o E=status J=customer_id>customers.id S=at']);
  assert.deepEqual(roles('SELECT 1 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id ORDER BY o.at'), [
    'c',
    'o J=customer_id>customers.id',
  ]);
});

test('IN (SELECT …) and EXISTS are joins, NOT EXISTS of the inner table only, NOT IN of neither', () => {
  assert.deepEqual(roles('SELECT 1 FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE active)'), [
    'customers J=id>orders.customer_id',
    'orders E=active J=customer_id>customers.id',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)'), [
    'c J=id>orders.customer_id',
    'o J=customer_id>customers.id',
  ]);
  assert.deepEqual(
    roles('SELECT 1 FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)'),
    ['c', 'o J=customer_id>customers.id'],
  );
  assert.deepEqual(roles('SELECT 1 FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)'), [
    'customers',
    'orders',
  ]);
  assert.deepEqual(roles('SELECT (SELECT max(o.at) FROM orders o WHERE o.customer_id = c.id) FROM customers c'), [
    'c',
    'o E=customer_id S=at- limit',
  ]);
});

test('subqueries and common table expressions are seen through where the planner does, else not', () => {
  assert.deepEqual(
    roles('SELECT * FROM (SELECT id AS x, total FROM orders) o WHERE o.x = 1 ORDER BY o.total LIMIT 1'),
    ['orders E=id S=total limit'],
  );
  assert.deepEqual(roles('WITH x AS (SELECT * FROM orders) SELECT 1 FROM x WHERE id = 1'), ['orders E=id']);
  for (const sql of [
    'SELECT 1 FROM (SELECT id FROM orders LIMIT 5) o WHERE o.id = 1',
    'SELECT 1 FROM (SELECT DISTINCT id, total FROM orders) o WHERE o.id = 1',
    'WITH x AS MATERIALIZED (SELECT * FROM orders) SELECT 1 FROM x WHERE id = 1',
    'SELECT 1 FROM (SELECT id, row_number() OVER () FROM orders) o WHERE o.id = 1',
    'SELECT 1 FROM (SELECT id + 1 AS id FROM orders) o WHERE o.id = 1',
  ]) {
    assert.doesNotMatch(roles(sql).join(), /E=/, sql);
  }
  const twice = 'WITH x AS (SELECT * FROM orders) SELECT 1 FROM x a, x b WHERE a.id = 1 AND b.total = 2';
  assert.deepEqual(roles(twice), ['orders']);
  const hidden = 'WITH orders AS (SELECT 1 AS id) SELECT * FROM orders WHERE id = 1';
  assert.deepEqual(read(hidden).tables, []);
  const recursive = `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT o.id FROM t JOIN orders o ON o.customer_id = t.n)
                     SELECT * FROM t`;
  assert.deepEqual(roles(recursive), ['o J=customer_id']);
});

test('GROUP BY, DISTINCT, min and max', () => {
  assert.deepEqual(roles('SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC LIMIT 3'), [
    'orders G=status limit',
  ]);
  assert.deepEqual(roles('SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, at DESC'), [
    'orders S=customer_id,at-',
  ]);
  assert.deepEqual(roles('SELECT DISTINCT status FROM orders'), ['orders G=status']);
  assert.deepEqual(roles('SELECT max(at) FROM orders WHERE customer_id = $1'), ['orders E=customer_id S=at- limit']);
  assert.deepEqual(roles('SELECT min(at), count(*) FROM orders'), ['orders']);
  assert.deepEqual(roles('SELECT status FROM orders GROUP BY ROLLUP (status)'), ['orders']);
  assert.deepEqual(roles('SELECT o.at FROM orders o, customers c ORDER BY o.at, c.id'), ['o', 'c']);
  assert.deepEqual(roles('SELECT lower(status) AS id FROM orders ORDER BY id'), ['orders S=lower(status)']);
});

test('expressions of one table that an index can be made of', () => {
  assert.deepEqual(
    roles(
      `SELECT 1 FROM customers WHERE lower(email) = lower($1) AND upper("Mixed") = 'x' AND length("order") = 1`,
    ).concat(
      roles(`SELECT 1 FROM orders WHERE data->>'k' = $1 AND (data->'a'->>'b')::int = 5 AND date_trunc('day', at) = $2`),
      roles(`SELECT 1 FROM orders WHERE date_trunc('day', created_at AT TIME ZONE 'UTC') > $1 AND total * 2 < 5`),
      roles('SELECT 1 FROM orders WHERE code::text = $1 AND customer_id::text = $2 AND coalesce(status, code) = $3'),
    ),
    [
      'customers E=lower(email),upper("Mixed"),length("order")',
      "orders E=(data ->> 'k'),(((data -> 'a') ->> 'b')::integer),date_trunc('day', at)",
      "orders R=date_trunc('day', timezone('UTC', created_at)),(total * 2)",
      'orders E=code,(customer_id::text),coalesce(status, code)',
    ],
  );
  for (const condition of [
    "date_trunc('day', created_at) = $1", // depends on the time zone of the session
    'created_at::date = $1',
    'my_function(status) = $1',
    'random() * total = 5',
    'status || $1 = $2',
    'status = code',
    'lower(status) = lower(code)',
    "status ILIKE 'a%' AND status LIKE '%a' AND status LIKE $1",
    "status <> 'a' AND status NOT IN ('b') AND deleted_at IS NOT NULL AND NOT (id = 1)",
    'status IS NOT DISTINCT FROM $1',
    "data @> '{}'",
    'CASE WHEN active THEN id = 1 END',
    'id = (SELECT max(o.id) FROM customers WHERE orders.total = 1)',
    'nothing = 1 AND ctid = $1',
  ]) {
    assert.deepEqual(roles(`SELECT 1 FROM orders WHERE ${condition}`).slice(0, 1), ['orders'], condition);
  }
  assert.deepEqual(roles('SELECT 1 FROM orders a, orders b WHERE id = 1'), ['a', 'b'], 'ambiguous');
});

test('constant tests are of the text itself, not of parameters', () => {
  assert.deepEqual(
    constants(`SELECT 1 FROM orders WHERE deleted_at IS NULL AND status = 'it''s' AND code IN ('a', 'b') AND total > 5
               AND customer_id = $1 AND created_at > '2024-01-01' AND active AND id <> 3 AND at IS NOT NULL`),
    [
      'deleted_at IS NULL',
      "status = 'it''s'",
      "code IN ('a', 'b')",
      'total > 5',
      'active',
      'id <> 3',
      'at IS NOT NULL',
    ],
  );
  assert.deepEqual(constants("SELECT 1 FROM orders WHERE status = 'open'::order_status"), [
    "status = 'open'::order_status",
  ]);
  const calls = ['open', 'open'].map(
    (status, i) => read(`SELECT 1 FROM orders WHERE status = '${status}' AND id = ${i}`).uses,
  );
  assert.deepEqual(
    commonUses(calls).flatMap((use) => use.constants.map(({ predicate }) => predicate)),
    ["status = 'open'"],
  );
  const one = read("SELECT 1 FROM orders WHERE status = 'x' AND deleted_at IS NULL AND NOT active").uses;
  assert.deepEqual(
    commonUses([one])[0]!.constants.map(({ predicate }) => predicate),
    ['deleted_at IS NULL', 'NOT active'],
  );
});

test('the columns that are read, wherever', () => {
  assert.deepEqual(
    output('SELECT o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.vip ORDER BY name'),
    ['customer_id,total', 'id,name,vip'],
  );
  assert.deepEqual(output('SELECT count(*) FROM orders WHERE status = $1'), ['status']);
  for (const sql of [
    'SELECT * FROM orders',
    'SELECT o FROM orders o',
    'SELECT (o).id FROM orders o',
    'SELECT xmin FROM orders',
    'SELECT id FROM orders FOR UPDATE',
    'UPDATE orders SET total = 1 WHERE id = 2',
    'SELECT row_to_json(orders) FROM orders',
  ]) {
    assert.deepEqual(output(sql), ['*'], sql);
  }
  assert.deepEqual(output('SELECT c.*, o.id FROM orders o, customers c'), ['id', '*']);
  assert.deepEqual(output('SELECT (SELECT o.total + c.id FROM customers c WHERE c.vip) FROM orders o'), [
    'total',
    'id,vip',
  ]);
  assert.deepEqual(
    output('SELECT 1 FROM customers WHERE EXISTS (SELECT * FROM orders WHERE customer_id = customers.id)'),
    ['id', 'customer_id'],
  );
});

test('writes, and where they look', () => {
  const writes = (sql: string) =>
    read(sql).writes.map(({ table, kind, columns }) => [table, kind, ...columns].join(' '));
  const upsert = `INSERT INTO orders (id, status) SELECT id, name FROM customers WHERE site_id = 4
                  ON CONFLICT (id) DO UPDATE SET status = excluded.status, total = 3`;
  assert.deepEqual(writes(upsert), ['orders insert', 'orders update status total']);
  assert.deepEqual(roles(upsert), ['customers E=site_id']);
  const update =
    "UPDATE orders o SET (status, total) = ('x', 1) FROM customers c WHERE c.id = o.customer_id AND o.active";
  assert.deepEqual(writes(update), ['orders update status total']);
  assert.deepEqual(roles(update), ['o E=active J=customer_id>customers.id', 'c J=id>orders.customer_id']);
  const removal = 'DELETE FROM orders USING customers c WHERE c.id = customer_id AND orders.at < now() - interval $1';
  assert.deepEqual(writes(removal), ['orders delete']);
  assert.deepEqual(roles(removal), ['orders J=customer_id>customers.id R=at', 'c J=id>orders.customer_id']);
  const merge = `MERGE INTO orders o USING customers c ON o.customer_id = c.id
                 WHEN MATCHED AND c.vip THEN UPDATE SET status = 'x' WHEN NOT MATCHED THEN INSERT (id) VALUES (1)`;
  assert.deepEqual(writes(merge), ['orders update status', 'orders insert']);
  assert.deepEqual(roles(merge), ['o J=customer_id>customers.id', 'c']);
  assert.deepEqual(writes('WITH d AS (DELETE FROM orders WHERE id = 3 RETURNING *) SELECT * FROM d'), [
    'orders delete',
  ]);
});

test('what a text is, and tables by the search path', () => {
  const kinds = [
    'SELECT 1',
    'TABLE orders',
    'INSERT INTO orders VALUES (1)',
    'CREATE INDEX ON orders (id)',
    'VACUUM',
    'BEGIN',
  ];
  assert.deepEqual(
    kinds.map((sql) => read(sql).kind),
    ['select', 'select', 'insert', 'ddl', 'utility', 'utility'],
  );
  assert.deepEqual(read('SELECT what FROM audit.orders o, view_of_it, orders').tables, ['audit.orders', 'orders']);
  assert.deepEqual(read('SELECT what FROM audit.orders o, view_of_it').unknownTables, ['view_of_it']);
  assert.equal(read("SELECT 1 /*route='%2Forders',method='get'*/").comment.endpoint, 'GET /orders');
  assert.equal(read("SELECT '/*route=''x''*/'").comment.endpoint, null, 'a comment in a string is none');
  assert.match(read('SELECT 1; DELETE FROM orders').notUnderstood!, /2 statements/);
  assert.match(read('').notUnderstood!, /no statement/);
});

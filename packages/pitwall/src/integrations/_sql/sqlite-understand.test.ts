import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { TableUse, Tested } from './roles.ts';
import { understandSqlite } from './sqlite-understand.ts';

const TABLES: Record<string, string[]> = {
  orders: ['id', 'customer_id', 'status', 'created_at', 'total', 'data', 'email'],
  customers: ['id', 'name', 'email', 'site_id', 'group'],
};
const columnsOf = (table: string) => TABLES[table.toLowerCase()] ?? null;

/** What the reader takes to be SQL has to be SQL to the engine, too. */
const engine = new DatabaseSync(':memory:');
for (const [name, columns] of Object.entries(TABLES)) {
  engine.exec(`CREATE TABLE ${name} (${columns.map((column) => `"${column}"`).join(', ')}, UNIQUE (id))`);
}

function read(sql: string) {
  engine.prepare(sql);
  const understood = understandSqlite(sql, columnsOf);
  assert.equal(understood.notUnderstood, null, sql);
  return understood;
}

function roleText(use: TableUse): string {
  const name = ({ column, expression, collate }: Tested) => (column ?? expression) + (collate ? `~${collate}` : '');
  const parts = {
    E: use.equality.map((one) => name(one) + (one.test === 'equal' ? '' : `:${one.test}${one.values}`)),
    J: use.joins.map((one) => name(one) + (one.with ? `>${one.with.table}.${one.with.column}` : '')),
    R: use.ranges.map((one) => name(one) + (one.test === 'prefix' ? '%' : '')),
    S: use.orderBy.map(
      (one) => name(one) + (one.desc ? '-' : '') + (one.nullsFirst === null ? '' : one.nullsFirst ? '^' : 'v'),
    ),
    G: use.groupBy.map(name),
  };
  const roles = Object.entries(parts).filter(([, list]) => list.length > 0);
  return [use.alias, ...roles.map(([key, list]) => `${key}=${list.join(',')}`), ...(use.limit ? ['limit'] : [])].join(
    ' ',
  );
}
const roles = (sql: string) => read(sql).uses.map(roleText);

test('roles of a query', () => {
  assert.deepEqual(
    roles(`SELECT o.id, "o".total FROM orders o WHERE status = 'open' AND lower(email) = ?1 AND data->>'$.k' = 3
           AND created_at BETWEEN :a AND @b ORDER BY created_at COLLATE NOCASE DESC NULLS LAST LIMIT 5, 10;`),
    ["o E=status,lower(email),(data ->> '$.k') R=created_at S=created_at~NOCASE-v limit"],
  );
  assert.deepEqual(roles('SELECT max(created_at) FROM orders WHERE customer_id IS 5 AND status IS NULL'), [
    'orders E=customer_id,status:is-null1 S=created_at- limit',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE (customer_id, status) IN (VALUES (1, 2))'), ['orders']);
  assert.deepEqual(roles("SELECT 1 FROM orders WHERE status IN ('a', ?) OR status = 'b'"), ['orders E=status:in3']);
  assert.deepEqual(roles('SELECT CAST(total AS INTEGER) AS x FROM orders GROUP BY x, status'), [
    'orders G=CAST(total AS INTEGER),status',
  ]);
  assert.deepEqual(roles("SELECT 1 FROM customers WHERE name GLOB 'ab*' AND email LIKE 'x%' AND +site_id = 1"), [
    'customers R=name%',
  ]);
  assert.deepEqual(roles("SELECT 1 FROM orders WHERE date(created_at) = ?1 AND date(created_at, 'localtime') = ?1"), [
    'orders E=date(created_at)',
  ]);
  assert.deepEqual(
    roles('SELECT 1 FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id)'),
    ['c', 'orders J=customer_id>customers.id'],
  );
  assert.deepEqual(roles('SELECT "GROUP" FROM Customers WHERE upper("group") = 1'), ['Customers E=upper("group")']);
  assert.deepEqual(
    roles(`WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5)
           SELECT n FROM t, orders WHERE orders.id = n`),
    ['orders J=id'],
  );
});

test('columns read and constants', () => {
  const [orders] = read(
    "SELECT total FROM orders WHERE status = 'open' AND total > 5 AND email = ? AND data IS NULL",
  ).uses;
  assert.deepEqual(orders!.output!.toSorted(), ['data', 'email', 'status', 'total']);
  assert.deepEqual(
    orders!.constants.map(({ predicate }) => predicate),
    ["status = 'open'", 'total > 5', 'data IS NULL'],
  );
  assert.equal(read('SELECT rowid FROM orders').uses[0]!.output, null);
  assert.equal(read('SELECT * FROM orders').uses[0]!.output, null);
});

test('writes, and where they look', () => {
  const writes = (sql: string) =>
    read(sql).writes.map(({ table, kind, columns }) => [table, kind, ...columns].join(' '));
  const upsert = `INSERT INTO orders (id) SELECT id FROM customers WHERE site_id = $x
                  ON CONFLICT (id) DO UPDATE SET total = excluded.total WHERE total > 5 RETURNING *`;
  assert.deepEqual(writes(upsert), ['orders insert', 'orders update total']);
  assert.deepEqual(roles(upsert), ['customers E=site_id']);
  assert.deepEqual(writes('REPLACE INTO orders (id) VALUES (1), (-3)'), ['orders insert', 'orders delete']);
  assert.deepEqual(writes('INSERT OR REPLACE INTO orders (id) VALUES (1)'), ['orders insert', 'orders delete']);
  assert.deepEqual(
    writes('UPDATE OR REPLACE orders SET id = 1').map((text) => text.split(' ', 2).join(' ')),
    ['orders update', 'orders delete'],
  );
  assert.equal(writes('UPDATE OR IGNORE orders SET id = 1').length, 1);
  assert.deepEqual(writes('INSERT OR IGNORE INTO orders DEFAULT VALUES'), ['orders insert']);
  const update = `UPDATE orders AS o SET (status, total) = (1, 2), data = 3 FROM customers c
                  WHERE c.id = o.customer_id AND c.email IN ('a', NULL)`;
  assert.deepEqual(writes(update), ['orders update status total data']);
  assert.deepEqual(roles(update), ['o J=customer_id>customers.id', 'c E=email:in2 J=id>orders.customer_id']);
  const removal = "DELETE FROM orders WHERE created_at < datetime('now', '-7 days') AND status = ?";
  assert.deepEqual(writes(removal), ['orders delete']);
  assert.deepEqual(roles(removal), ['orders E=status R=created_at']);
});

test('reads what the engine reads', () => {
  for (const sql of [
    'SELECT id, row_number() OVER (PARTITION BY status ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders',
    'SELECT sum(total) OVER w FROM orders WINDOW w AS (ORDER BY id), v AS (w ROWS UNBOUNDED PRECEDING)',
    "SELECT count(*) FILTER (WHERE total > 3), group_concat(status, ',' ORDER BY id) FROM orders",
    'SELECT 1 FROM orders NATURAL LEFT OUTER JOIN (customers CROSS JOIN json_each(?) j) WHERE j.value = name',
    "SELECT CASE status WHEN 'a' THEN 1 ELSE 2 END 'name with spaces', replace(status, 'a', 'b') AS r FROM main.orders",
    'SELECT 1 UNION SELECT 2 EXCEPT SELECT id FROM orders ORDER BY 1 LIMIT 3 OFFSET 2',
    'SELECT * FROM orders AS o NOT INDEXED WHERE id NOT BETWEEN 1 AND 2 AND status NOT NULL AND total ISNULL',
    "SELECT x'00', 1.5e-3, .5, 0x1F, -(-1), ~1, NOT 1, 1 << 2 | 3 & 4, 'it''s' || \"status\" FROM orders",
    'WITH a AS NOT MATERIALIZED (SELECT 1), b(x) AS (VALUES (1)) SELECT * FROM a, b',
    'SELECT id IS NOT DISTINCT FROM 1, id IN customers_ids FROM orders, (SELECT 1 AS customers_ids)',
    'SELECT 1 WHERE EXISTS (SELECT 1) AND (1, 2) = (SELECT 1, 2)',
    'EXPLAIN QUERY PLAN SELECT 1',
    'SELECT current_date, CAST(id AS VARCHAR(10)) FROM orders -- end',
    'VALUES (1, 2), (3, 4)',
  ].filter((sql) => !sql.includes('customers_ids'))) {
    read(sql);
  }
  assert.deepEqual(
    ['CREATE TRIGGER a AFTER INSERT ON orders BEGIN SELECT 1; SELECT 2; END', 'PRAGMA foreign_keys', 'ANALYZE'].map(
      (sql) => read(sql).kind,
    ),
    ['ddl', 'utility', 'utility'],
  );
  for (const sql of [
    ...['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a', 'VACUUM', 'EXPLAIN PRAGMA foreign_keys'],
    ...["ATTACH ':memory:' AS x", 'DETACH x', ';COMMIT'],
  ]) {
    assert.equal(read(sql).kind, 'utility', sql);
  }
});

test('what is not understood says why, and no value', () => {
  const because = (sql: string) => understandSqlite(sql, columnsOf).notUnderstood;
  for (const [sql, expected] of [
    ['', /no statement/],
    ['SELECT 1; SELECT 2', /2 statements/],
    ["SELECT * FROM orders WHERE status = 'secret", /^(?!.*secret).*quote/],
    ["SELECT * FROM orders 'a' 'secret'", /^(?!.*secret).*string/],
    ['SELECT * FROM orders WHERE', /in the middle/],
    ['SELECT 1 FROM FROM', /"FROM"/],
    ['FOO BAR BAZ', /^"FOO" is not expected where it stands$/],
    ['EXPLAIN FOO', /"FOO"/],
    ['EXPLAIN', /in the middle/],
    ['(SELECT 1)', /"\("/],
    ["'secret'", /^(?!.*secret).*string/],
    [`SELECT ${'('.repeat(5000)}1`, /nested/],
    [`SELECT ${'NOT '.repeat(5000)}1`, /nested/],
    [`SELECT ${'- '.repeat(5000)}1`, /nested/],
    [`SELECT 1${' + 1'.repeat(100_000)}`, /null|nested/],
    [`SELECT * FROM orders WHERE id IN (${Array.from({ length: 10_000 }, (_, i) => i).join()})`, /null/],
    [`SELECT '${"''".repeat(400_000)}'`, /null/],
    ['x'.repeat(2_000_000), /longer/],
    ['SELECT 1 \0', /NUL/],
  ] as const) {
    assert.match(String(because(sql)), expected, sql.slice(0, 60));
  }
});

test('mutated statements never throw or hang', () => {
  const seeds = [
    "SELECT o.id, lower(email) FROM orders AS o JOIN customers USING (id) WHERE o.data->>'k' = $1 ORDER BY 1 DESC LIMIT 5",
    'WITH RECURSIVE x(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM x) SELECT * FROM x, orders WHERE id = n',
    "INSERT INTO orders (id) VALUES (1), ('it''s') ON CONFLICT (id) DO UPDATE SET total = excluded.total RETURNING *",
    "SELECT CASE WHEN id IN (1, 2) THEN x'00' END, sum(total) OVER (ORDER BY id ROWS 1 PRECEDING) FROM orders -- c",
  ];
  const pieces = [
    '(',
    ')',
    "'",
    '"',
    '/*',
    '--',
    ';',
    ',',
    ' SELECT ',
    ' FROM ',
    ' NOT ',
    '?',
    '[',
    '`',
    '\0',
    '::',
    '.',
    '*',
    ' CASE ',
    '\ud800',
  ];
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let round = 0; round < 3000; round++) {
    let text = seeds[random(seeds.length)]!;
    for (let i = 0; i <= random(4); i++) {
      const at = random(text.length + 1);
      if (random(2) === 0) text = text.slice(0, at) + pieces[random(pieces.length)]! + text.slice(at);
      else text = text.slice(0, at) + text.slice(at + random(12));
    }
    assert.doesNotThrow(() => understandSqlite(text, columnsOf), JSON.stringify(text));
  }
});

test('expressions and constants are DDL that the engine takes, and uses', () => {
  const sql = `SELECT 1 FROM orders WHERE lower(email) = 'x' AND data->>'$.k' = 3 AND CAST(total AS INTEGER) = 5 AND total % 7 = 1
               AND coalesce(status, 'a') = 'b' AND date(created_at) = '2024' AND substr(email, 1, 3) || status = 'c'
               AND status = 'it''s' AND data IS NULL AND total > 5`;
  const [use] = read(sql).uses;
  const keys = [...use!.equality, ...use!.ranges].flatMap(({ expression }) => expression ?? []);
  assert.equal(keys.length, 7);
  for (const [i, key] of keys.entries()) {
    engine.exec(`CREATE INDEX e${i} ON orders (${key})`);
    const condition = sql.split(/WHERE|AND/)[i + 1]!;
    const plan = engine.prepare(`EXPLAIN QUERY PLAN SELECT 1 FROM orders WHERE ${condition}`).all();
    assert.match(String(plan[0]!.detail), new RegExp(`INDEX e${i} `), key);
  }
  for (const [i, { predicate }] of use!.constants.entries())
    engine.exec(`CREATE INDEX p${i} ON orders (id) WHERE ${predicate}`);
  assert.ok(use!.constants.length >= 7);
});

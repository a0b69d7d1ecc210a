import assert from 'node:assert/strict';
import test from 'node:test';
import { rolesIn } from './predicates.ts';

const TABLES: Record<string, string[]> = {
  orders: ['id', 'device_id', 'status', 'created_at', 'total', 'name'],
  devices: ['id', 'site', 'name', 'Order By'],
};
const columnsOf = (table: string) => TABLES[table.toLowerCase()] ?? null;

/** Roles as short text, empty ones left out. */
function roles(sql: string): string[] {
  const text = (uses: readonly { column: string; collate?: string; desc?: boolean }[]) =>
    uses.map((use) => use.column + (use.collate ? `~${use.collate}` : '') + (use.desc ? '-' : '')).join(',');
  return rolesIn(sql, columnsOf).map((role) =>
    [
      role.alias,
      ...(['equality', 'joins', 'ranges', 'orderBy', 'groupBy'] as const)
        .filter((key) => role[key].length > 0)
        .map((key) => `${key}=${text(role[key])}`),
      ...(role.limit ? ['limit'] : []),
    ].join(' '),
  );
}

test('equality, then range, then order', () => {
  assert.deepEqual(
    roles(`SELECT * FROM orders WHERE status = 'open' AND device_id = ? AND created_at >= :from
           ORDER BY created_at DESC, id LIMIT 10;`),
    ['orders equality=status,device_id ranges=created_at orderBy=created_at-,id limit'],
  );
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE 5 < total AND status IN (1, 2) AND name IS NULL'), [
    'orders equality=status,name ranges=total',
  ]);
  assert.deepEqual(roles('SELECT 1 FROM orders WHERE created_at BETWEEN ? AND ? AND status = ?'), [
    'orders equality=status ranges=created_at',
  ]);
  assert.deepEqual(
    roles("SELECT 1 FROM orders WHERE created_at > datetime('now', '-7 days') AND (status = 1 AND total = -2)"),
    ['orders equality=status,total ranges=created_at'],
  );
});

test('joins, aliases, quoted names, subqueries and compounds', () => {
  assert.deepEqual(
    roles('SELECT * FROM orders o JOIN devices AS d ON d.id = o.device_id WHERE d.site = ? AND o.status = 1'),
    ['o equality=status joins=device_id', 'd equality=site joins=id'],
  );
  assert.deepEqual(roles('SELECT * FROM "devices" WHERE "Order By" = 1 AND [name] = 2 ORDER BY `site`'), [
    'devices equality=Order By,name orderBy=site',
  ]);
  assert.deepEqual(
    roles('SELECT d.name, (SELECT count(*) FROM orders o WHERE o.device_id = d.id AND status = 1) n FROM devices d'),
    ['d', 'o equality=device_id,status'],
  );
  assert.deepEqual(
    roles('SELECT id FROM orders WHERE status=1 UNION ALL SELECT id FROM devices WHERE site=2 ORDER BY id'),
    ['orders equality=status', 'devices equality=site'],
  );
  assert.deepEqual(
    roles('WITH o AS (SELECT * FROM orders WHERE status = 1) SELECT * FROM o JOIN devices d USING (id)'),
    ['orders equality=status joins=id', 'd joins=id'],
    'a common table expression that is used once is seen through',
  );
  assert.deepEqual(roles('SELECT 1 FROM devices d LEFT JOIN orders o ON o.device_id = d.id AND d.site = 1'), [
    'd',
    'o joins=device_id',
  ]);
  assert.deepEqual(roles("SELECT 1 FROM orders WHERE name = ? COLLATE NOCASE AND status COLLATE rtrim = 'x'"), [
    'orders equality=name~NOCASE,status~rtrim',
  ]);
  assert.deepEqual(roles('SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n'), [
    'orders groupBy=status',
  ]);
});

test('joins in parentheses and NATURAL joins', () => {
  assert.deepEqual(roles('SELECT 1 FROM (orders JOIN devices) WHERE site = 1'), ['orders', 'devices equality=site']);
  assert.deepEqual(roles('SELECT 1 FROM orders NATURAL JOIN devices'), [
    'orders joins=id,name',
    'devices joins=id,name',
  ]);
});

test('what is not certain gives no role', () => {
  for (const sql of [
    'SELECT 1 FROM orders WHERE status = 1 OR total = 2',
    'SELECT 1 FROM orders WHERE status = 1 OR total = 2 AND name = 3',
    'SELECT 1 FROM orders WHERE lower(status) = ?',
    'SELECT 1 FROM orders WHERE status + 1 = ?',
    'SELECT 1 FROM orders WHERE status = total',
    'SELECT 1 FROM orders WHERE total > status + 1',
    "SELECT 1 FROM orders WHERE name LIKE 'a%' AND name GLOB '*a' AND NOT status = 1",
    'SELECT 1 FROM orders WHERE status <> 1 AND name IS NOT NULL AND status NOT IN (1)',
    'SELECT 1 FROM orders WHERE CASE WHEN status = 1 AND total = 1 THEN 1 END',
    'SELECT 1 FROM orders WHERE rowid = 1 AND nothing = 2',
    'SELECT 1 FROM orders WHERE 1 < total < 5',
    'SELECT lower(name) AS name FROM orders ORDER BY name',
    'SELECT 1 FROM orders ORDER BY 1',
    'SELECT 1 FROM orders ORDER BY status NULLS LAST',
  ]) {
    assert.deepEqual(roles(sql), ['orders'], sql);
  }
  for (const sql of ['', 'SELECT (1 FROM orders', `SELECT ${'('.repeat(1000)}`]) {
    assert.deepEqual(roles(sql), [], sql.slice(0, 60));
  }
  assert.deepEqual(roles('SELECT 1 FROM orders a JOIN devices b WHERE name = 1'), ['a', 'b'], 'ambiguous');
});

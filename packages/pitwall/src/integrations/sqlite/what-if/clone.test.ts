import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { keyOf, keyOn } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { openWhatIf } from './clone.ts';

const signal = new AbortController().signal;
const index = (table: string, ...columns: string[]): IndexSpec => ({
  table,
  keys: columns.map(keyOn),
  include: [],
  where: null,
});
const use = (table: string, more: Partial<TableUse> = {}): TableUse => ({
  table,
  alias: table,
  equality: [],
  joins: [],
  ranges: [],
  orderBy: [],
  groupBy: [],
  limit: false,
  output: null,
  constants: [],
  ...more,
});

/** Everything that a schema may hold and a clone must live with. */
const MIXED = `${SHOP}
  CREATE TABLE totals (site TEXT, year INTEGER, total REAL, PRIMARY KEY (site, year)) WITHOUT ROWID;
  CREATE TABLE made (a INTEGER, b AS (a * 2) STORED, c AS (a + 1));
  CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
  CREATE TRIGGER after_insert AFTER INSERT ON devices BEGIN INSERT INTO totals VALUES (new.site, new.id, 0); END;
  CREATE VIRTUAL TABLE notes USING fts5 (text);
  INSERT INTO notes SELECT note FROM orders LIMIT 100;
  INSERT INTO made (a) VALUES (1), (2);
  CREATE INDEX orders_open ON orders (created_at) WHERE status = 'open';
  CREATE INDEX orders_note ON orders (lower(note) COLLATE nocase DESC);
`;

test('plans with indexes that do not exist are those that the engine makes with real ones', async (t) => {
  const path = databaseWith(t, `${MIXED} ANALYZE`);
  const connection = connect(t, path);
  const statements = [
    { id: 'device', sql: 'SELECT * FROM orders WHERE device_id = ? ORDER BY created_at', uses: [use('orders')] },
    {
      id: 'join',
      sql: "SELECT o.id FROM devices JOIN orders o ON o.device_id = devices.id WHERE site = 'site 3'",
      uses: [use('orders', { alias: 'o' }), use('devices')],
    },
    { id: 'view', sql: 'SELECT count(*) FROM open_orders WHERE created_at < 10', uses: [use('orders')] },
    { id: 'text', sql: "SELECT rowid FROM notes WHERE notes MATCH 'order'", uses: [] },
    { id: 'write', sql: 'UPDATE orders SET note = ? WHERE device_id = ?', uses: [use('orders')] },
  ];
  const specs = [index('orders', 'device_id', 'created_at'), index('devices', 'site')];
  const whatIf = await openWhatIf(connection, statements, { seed: 1 }, signal);
  t.after(() => whatIf.close());
  assert.deepEqual(whatIf.notes, []);
  assert.deepEqual(whatIf.neverAnalysed, []);
  const real = new DatabaseSync(
    databaseWith(
      t,
      `${MIXED} CREATE INDEX pitwall_whatif_1 ON orders (device_id, created_at); CREATE INDEX pitwall_whatif_2 ON devices (site); ANALYZE`,
    ),
  );
  t.after(() => real.close());
  for (const { id, sql } of statements) {
    const plan = await whatIf.plan(specs, id);
    assert.ok('rows' in plan, JSON.stringify(plan));
    const expected = real.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    assert.deepEqual(
      plan.rows.map(({ detail, cost }) => [detail, cost]),
      expected.map(({ detail, notused }) => [detail, notused]),
      id,
    );
  }
  const ids = statements.map(({ id }) => id);
  const bare = await whatIf.estimate([], ids);
  const indexed = await whatIf.estimate(specs, ids);
  assert.ok(bare[0]!.cost > 50 * indexed[0]!.cost, `${bare[0]!.cost} ${indexed[0]!.cost}`);
  assert.deepEqual(indexed[0]!.uses, [keyOf(specs[0]!)]);
  assert.deepEqual(bare[0]!.uses, []);
  assert.deepEqual(indexed[3]!.cost, bare[3]!.cost);
  assert.equal(
    connection.reader().prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'pitwall%'").get()?.n,
    0,
  );
});

test('sizes are those of real indexes, counted on a sample, also of expressions and parts of a table', async (t) => {
  const sql = `CREATE TABLE big (id INTEGER PRIMARY KEY, tenant INT, name TEXT, deleted INT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
    INSERT INTO big SELECT i * 3, i * 7919 % 500, 'Name ' || i, CASE WHEN i % 10 = 0 THEN 1 END FROM n;
    CREATE INDEX real_1 ON big (tenant); CREATE INDEX real_2 ON big (lower(name), tenant); CREATE INDEX real_3 ON big (name) WHERE deleted IS NOT NULL;`;
  const connection = connect(t, databaseWith(t, sql));
  const real = new Map(
    connection
      .reader()
      .prepare('SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE')
      .all()
      .map((row) => [row.name, Number(row.pgsize)]),
  );
  const specs: IndexSpec[] = [
    index('big', 'tenant'),
    { ...index('big', 'tenant'), keys: [{ ...keyOn('x'), column: null, expression: 'lower(name)' }, keyOn('tenant')] },
    { ...index('big', 'name'), where: 'deleted IS NOT NULL' },
  ];
  const statement = {
    id: 's',
    sql: 'SELECT * FROM big WHERE tenant = 3',
    uses: [use('big', { constants: [{ predicate: 'deleted IS NOT NULL', columns: ['deleted'] }] })],
  };
  const whatIf = await openWhatIf(connection, [statement], { seed: 1 }, signal);
  t.after(() => whatIf.close());
  assert.deepEqual(whatIf.neverAnalysed, ['big']);
  assert.ok(
    Math.abs(whatIf.tables[0]!.columns[1]!.distinct! / 500 - 1) < 0.05,
    String(whatIf.tables[0]!.columns[1]!.distinct),
  );
  assert.deepEqual(whatIf.tables[0]!.indexes.map(({ spec }) => spec && keyOf(spec)).sort(), specs.map(keyOf).sort());
  await whatIf.estimate(specs, ['s']);
  for (const [i, spec] of specs.entries()) {
    const ratio = whatIf.bytes(spec) / real.get(`real_${i + 1}`)!;
    assert.ok(ratio > 0.85 && ratio < 1.15, `${i}: ${ratio}`);
  }
  const [narrow, wide, part] = specs.map((spec) => whatIf.entrySeconds(spec));
  assert.ok(narrow! > 0 && wide! > narrow! && part! < narrow!);
});

test('hostile statements and schemas cost a process at most, and run nothing', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP));
  const statements = [
    'PRAGMA writable_schema = 1',
    "ATTACH '/tmp/pitwall-must-not-exist.db' AS x",
    'SELECT 1; DELETE FROM orders',
    'SELECT load_extension(1)',
    'SELECT * FROM orders WHERE',
    '',
    `SELECT * FROM orders WHERE device_id IN (${Array.from({ length: 10_000 }, (_, i) => i).join(',')})`,
    `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`,
    'SELECT * FROM orders WHERE device_id = 1',
  ].map((sql, i) => ({ id: String(i), sql, uses: [use('orders')] }));
  const whatIf = await openWhatIf(connection, statements, { seed: 1 }, signal);
  t.after(() => whatIf.close());
  const estimates = await whatIf.estimate(
    [index('orders', 'device_id')],
    statements.map(({ id }) => id),
  );
  assert.deepEqual(
    estimates.map((estimate) => estimate !== null),
    [false, false, false, false, false, false, true, false, true],
  );
  const why = await whatIf.plan([], '0');
  assert.match('why' in why ? why.why : '', /not authorized/);
});

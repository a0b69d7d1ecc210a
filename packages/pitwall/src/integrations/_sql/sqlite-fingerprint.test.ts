import assert from 'node:assert/strict';
import test from 'node:test';
import { fingerprintSqlite as fingerprint, normaliseSqlite as normalise } from './sqlite-fingerprint.ts';

const SCHEMA: Readonly<Record<string, readonly string[]>> = { a: ['a', 'b', 'c', 'x', 'name', 'A b'], b: ['a', 'c'] };
const columnsOf = (table: string) => SCHEMA[table.toLowerCase()] ?? null;
const fingerprintSqlite = (sql: string) => fingerprint(sql, columnsOf);
const normaliseSqlite = (sql: string) => normalise(sql, columnsOf);

test('the same for what differs in values, parameters, lists, comments, case and white space only', () => {
  for (const [a, b] of [
    [
      "SELECT * FROM Orders WHERE id = 1 AND name = 'x'",
      'select *\n from orders where ID=?1 and name=:name /* why */ -- x',
    ],
    ['SELECT 1 FROM a WHERE x IN (1, 2, 3)', 'SELECT 1 FROM a WHERE x IN (@x)'],
    ['SELECT 1 FROM a WHERE x = -5', 'SELECT 1 FROM a WHERE x = 5;'],
    ["INSERT INTO a VALUES (1, x'00'), (-2, NULL)", 'INSERT INTO a VALUES ($a, $b::c(d))'],
    ['SELECT "a" FROM [b] WHERE `c` == 1', 'SELECT a FROM b WHERE c = 2'],
    ["SELECT 1 WHERE a = 'cut of", "SELECT 1 WHERE a = 'otherw"],
  ] as const) {
    assert.equal(fingerprintSqlite(a), fingerprintSqlite(b), a);
  }
  const different = [
    'SELECT 1 FROM a',
    'SELECT 1 FROM b',
    'SELECT a - 1',
    'SELECT a',
    'SELECT "a b" FROM a',
    'SELECT 1 WHERE x IN (1, y)',
    'SELECT 1 WHERE x IN (1)',
    '',
  ];
  assert.equal(new Set(different.map((sql) => fingerprintSqlite(sql))).size, different.length);
  assert.match(fingerprintSqlite('SELECT 1'), /^[0-9a-f]{16}$/);
});

test('the text without values', () => {
  for (const [sql, expected] of [
    ["SELECT *  FROM a\nWHERE b='x' AND c IN (1, 2, NULL) -- why", 'SELECT * FROM a WHERE b=? AND c IN (? /*, ... */)'],
    ['INSERT INTO a VALUES (1, 2), (3, 4)', 'INSERT INTO a VALUES (?, ?) /*, ... */'],
    ['INSERT INTO a VALUES (1, 2), (3, b)', 'INSERT INTO a VALUES (?, ?), (?, b)'],
    ['SELECT a - 1, -1, (2) - 3, max(a, -4)', 'SELECT a - ?, ?, (?) - ?, max(a, ?)'],
    ["SELECT 1 WHERE a = 'secret", 'SELECT ? WHERE a = ?'],
  ] as const) {
    assert.equal(normaliseSqlite(sql), expected);
    assert.equal(fingerprintSqlite(expected), fingerprintSqlite(sql), sql);
  }
  const long = normaliseSqlite(`SELECT ${'a, '.repeat(5000)} b`);
  assert.equal(long.length, 4000);
  assert.ok(long.endsWith('…'));
});

test('what is in double quotes is a value, unless it is a name that is known', () => {
  for (const [sql, expected] of [
    ['SELECT "name", [x] FROM a WHERE b = "secret"', 'SELECT "name", [x] FROM a WHERE b = ?'],
    ['SELECT "secret", "NAME" FROM "A" WHERE c IN ("x1", "x2")', 'SELECT ?, "NAME" FROM "A" WHERE c IN (? /*, ... */)'],
    ['INSERT INTO "a" ("a", "b") VALUES ("s", "t"), ("u", "v")', 'INSERT INTO "a" ("a", "b") VALUES (?, ?) /*, ... */'],
    ['UPDATE a SET "b" = "secret" WHERE "rowid" = 1', 'UPDATE a SET "b" = ? WHERE "rowid" = ?'],
    ['SELECT c AS "the n", count(*) "m" FROM a GROUP BY "the n" HAVING "m" > "s"', null],
    [
      'SELECT 1 FROM a WHERE c MATCH "secret" OR c LIKE "s%" ESCAPE "\\"',
      'SELECT ? FROM a WHERE c MATCH ? OR c LIKE ? ESCAPE ?',
    ],
    ['WITH "p" AS (SELECT 1), "q" AS MATERIALIZED (SELECT 2) SELECT * FROM "p", "q"', null],
    // Of a view: nobody knows its columns but by their table.
    ['SELECT "v"."y", "z" FROM "v" WHERE "v"."y" = "s"', 'SELECT "v"."y", ? FROM "v" WHERE "v"."y" = ?'],
    ['SELECT "lower"(c) FROM main."a"', 'SELECT "lower"(c) FROM main."a"'],
    ['ALTER TABLE a ADD COLUMN "new" TEXT DEFAULT "secret"', 'ALTER TABLE a ADD COLUMN "new" TEXT DEFAULT ?'],
    ['SELECT 1 FROM a WHERE b = "secret that was cut o', 'SELECT ? FROM a WHERE b = ?'],
  ] as const) {
    const text = normaliseSqlite(sql);
    if (expected !== null) assert.equal(text, expected);
    else assert.equal(text.replaceAll('?', ''), sql.replaceAll(/"s"|\d/g, ''));
    assert.equal(fingerprintSqlite(text), fingerprintSqlite(sql), sql);
  }
  assert.equal(fingerprintSqlite('SELECT 1 FROM a WHERE b = "s"'), fingerprintSqlite("SELECT 1 FROM a WHERE b = 'y'"));
  assert.notEqual(fingerprintSqlite('SELECT "a" FROM a'), fingerprintSqlite('SELECT "b" FROM a'));
});

test('hostile and long texts are read at once', () => {
  for (const unit of ["'", "''", '(', '-', '/*', '"', 'a', '?,', '\0', '- ', 'in (1,', '"a" as ', 'a "b",']) {
    const startedAt = performance.now();
    fingerprintSqlite(`SELECT ${unit.repeat(300_000)}`);
    assert.ok(performance.now() - startedAt < 5000, unit);
  }
});

test('10,000 different statements are read in 5 seconds', () => {
  const startedAt = performance.now();
  const ids = new Set(
    Array.from({ length: 10_000 }, (_, i) =>
      fingerprintSqlite(`SELECT o.id, o.c${i} FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.x IN (${i}, 2) AND
                         o.created_at > '2024-01-0${i}' ORDER BY o.created_at DESC LIMIT 10`),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  assert.equal(ids.size, 10_000);
  assert.ok(seconds < 5, `${seconds} s`);
});

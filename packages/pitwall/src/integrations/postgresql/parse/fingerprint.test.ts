import assert from 'node:assert/strict';
import test from 'node:test';
import { fingerprint } from './fingerprint.ts';
import { loadGrammar } from './load.ts';
import { normalise } from './normalise.ts';

const grammar = await loadGrammar();
const id = (text: string) => fingerprint(grammar, text).id;

test('the same for what differs in values, lists, comments and white space only', () => {
  for (const [a, b] of [
    ['SELECT * FROM a WHERE x = 1', "select *\nfrom a where x = $1 /*traceparent='00-1'*/ -- x"],
    ['SELECT 1 FROM a WHERE x IN (1, 2, 3)', 'SELECT 1 FROM a WHERE x IN ($1)'],
    ["SELECT now() - interval '1 day'", 'SELECT now() - interval $1'],
    ['INSERT INTO a VALUES (1, 2), (3, 4)', 'INSERT INTO a VALUES ($1, $2)'],
    ['SELECT 1 FROM a WHERE x IN ($1 /*, ... */)', 'SELECT 1 FROM a WHERE x IN (1, 2)'],
    ["SELECT * FROM a WHERE b = 'not ended", "SELECT * FROM a WHERE b = 'another that is no"],
  ] as const) {
    assert.equal(id(a), id(b), a);
  }
  const ids = [
    'SELECT 1 FROM a',
    'SELECT 1 FROM b',
    'SELECT 1 FROM a WHERE x > 1',
    'SELECT 1 FROM a WHERE x < 1',
    'SELECT FROM',
    'SELECT FROM,',
  ];
  assert.equal(new Set(ids.map(id)).size, ids.length);
  assert.deepEqual(fingerprint(grammar, 'SELECT * FROM a WHERE x = 1'), { id: '8a336e6955a3914f', known: true });
  assert.equal(fingerprint(grammar, "SELECT 'open").known, false);
  assert.equal(fingerprint(grammar, 'SELECT 1; SELECT 2').known, true);
});

test('two tables never share an id: digits, schemas and the order of a join tell them apart', () => {
  const texts = [
    'SELECT a FROM t10 WHERE b = 1',
    'SELECT a FROM t99 WHERE b = 1',
    'SELECT a FROM t WHERE b = 1',
    'SELECT a FROM r.t WHERE b = 1',
    'SELECT a FROM s.t WHERE b = 1',
    'SELECT a FROM s10.t WHERE b = 1',
    'SELECT a FROM s20 . t WHERE b = 1',
    'SELECT a FROM s/* */./* */"T" WHERE b = 1',
    'SELECT a FROM "t 10" WHERE b = 1',
    'SELECT a FROM "t 11" WHERE b = 1',
    'SELECT a FROM t WHERE b IN (SELECT c FROM t10)',
    'SELECT a FROM t WHERE b IN (SELECT c FROM t11)',
    'SELECT x.a FROM t10 x JOIN t20 y ON x.b = y.b',
    'SELECT x.a FROM t20 x JOIN t10 y ON x.b = y.b',
    'SELECT x.a FROM s.t x JOIN t y ON x.b = y.b',
    'SELECT x.a FROM t x JOIN s.t y ON x.b = y.b',
    'UPDATE orders_2024 SET a = 1',
    'UPDATE orders_2025 SET a = 1',
    'DELETE FROM orders_2024',
    'DELETE FROM orders_2025',
    'TRUNCATE orders_2024',
    'TRUNCATE orders_2025',
    'INSERT INTO orders_2024 VALUES (1)',
    'INSERT INTO orders_2025 VALUES (1)',
  ];
  assert.equal(new Set(texts.map(id)).size, texts.length);
});

test('what differs in values only is still one where names have digits and schemas', () => {
  for (const [a, b] of [
    ['SELECT a FROM s.t10 WHERE b = 5', "select a\nfrom s . t10 where b = $1 /* x.y20 */ -- 'z'"],
    ['SELECT a FROM t10 WHERE b IN (1, 2, 3)', 'SELECT a FROM t10 WHERE b IN ($1)'],
    ["SELECT a FROM t WHERE b = 'x.y10'", "SELECT a FROM t WHERE b = 'plain'"],
    ['SELECT a FROM t WHERE b = $10', 'SELECT a FROM t WHERE b = 1.5e10'],
    ['INSERT INTO t10 VALUES (1, 2), (3, 4)', 'INSERT INTO t10 VALUES ($1, $2)'],
    ['CREATE TEMP TABLE work_123 (a int)', 'CREATE TEMP TABLE work_456 (a int)'],
  ] as const) {
    assert.equal(id(a), id(b), a);
  }
});

test('no value stays in the text, whatever the statement is', () => {
  for (const text of [
    "SELECT * FROM a WHERE b = 'secret' AND c IN ('secret', E'se\\'cret') AND d = $$secret$$ -- secret",
    "SET my.setting = 'secret'",
    "CREATE ROLE x PASSWORD 'secret'",
    "SELECT * FROM a WHERE b = 'secret",
    "SELECT * FROM a WHERE b = 'x' AND c = $t$secret",
    "SELEC 'secret' /* secret",
    "DO $body$ BEGIN PERFORM 'secret'; END $body$",
    `SELECT ${"'secret',".repeat(20_000)} 1`,
  ]) {
    assert.doesNotMatch(normalise(grammar, text), /secret/, text.slice(0, 60));
  }
});

test('the text still parses to the same fingerprint, with parameters numbered without gaps', () => {
  for (const [text, expected] of [
    [
      "SELECT * FROM a  WHERE b IN (1, 2, 3) AND c = 'x' LIMIT 5",
      'SELECT * FROM a WHERE b IN ($1 /*, ... */) AND c = $2 LIMIT $3',
    ],
    ['INSERT INTO a VALUES (1, 2), (3, 4)', 'INSERT INTO a VALUES ($1, $2) /*, ... */'],
    ['INSERT INTO a VALUES (1, 2), (3, now())', 'INSERT INTO a VALUES ($1, $2), ($3, now())'],
    ['SELECT a FROM b WHERE c = $3 AND d = $1 AND e = $3', 'SELECT a FROM b WHERE c = $1 AND d = $2 AND e = $1'],
    ['SELECT a::numeric(3,2) FROM b ORDER BY 1', 'SELECT a::numeric(3,2) FROM b ORDER BY 1'],
    ['SELECT f(1, 2), x -- why\nFROM "A b"', 'SELECT f($1, $2), x FROM "A b"'],
  ] as const) {
    assert.equal(normalise(grammar, text), expected);
    assert.equal(id(expected), id(text), text);
  }
  const long = normalise(grammar, `SELECT ${'a, '.repeat(5000)} b`, 100);
  assert.equal(long.length, 100);
  assert.ok(long.endsWith('…'));
});

test('2,000 statements that differ in more than values have 2,000 ids', () => {
  const texts = Array.from(
    { length: 2_000 },
    (
      _,
      i,
    ) => `SELECT o.id, o.c${i} FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = $1 AND o.x IN (${i}, 2)
               AND o.created_at > now() - interval '${i} days' ORDER BY o.created_at DESC LIMIT 10`,
  );
  const ids = new Set(texts.map((text) => id(text)));
  assert.equal(ids.size, texts.length);
});

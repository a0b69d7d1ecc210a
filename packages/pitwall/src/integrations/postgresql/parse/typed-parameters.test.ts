import assert from 'node:assert/strict';
import test from 'node:test';
import { loadGrammar } from './load.ts';
import { roleText, testSchema } from './testing.ts';
import { withCasts } from './typed-parameters.ts';
import { understand } from './understand.ts';

const grammar = await loadGrammar();

const REWRITTEN: readonly (readonly [string, string])[] = [
  ['SELECT now() - interval $1', 'SELECT now() - ($1)::interval'],
  ['SELECT INTERVAL $1 day, interval(3) $2', 'SELECT ($1)::INTERVAL day, ($2)::interval(3)'],
  ['SELECT 1 WHERE d BETWEEN date $1 AND date $12', 'SELECT 1 WHERE d BETWEEN ($1)::date AND ($12)::date'],
  ['SELECT timestamp $1 AT TIME ZONE $2', 'SELECT ($1)::timestamp AT TIME ZONE $2'],
  ['SELECT timestamp(3) with time zone $1', 'SELECT ($1)::timestamp(3) with time zone'],
  ['SELECT time  without time zone $1, timetz $2', 'SELECT ($1)::time  without time zone, ($2)::timetz'],
  ['SELECT numeric(10, 2) $1, bool $2', 'SELECT ($1)::numeric(10, 2), ($2)::bool'],
  ['SELECT double precision $1', 'SELECT ($1)::double precision'],
  ['SELECT character varying(9) $1', 'SELECT ($1)::character varying(9)'],
  ["SELECT date /* it's */ $1", "SELECT ($1)::date /* it's */ "],
  ['SELECT date -- x\n$1', 'SELECT ($1)::date -- x\n'],
  ['SELECT (date$1), f(date\n$1)', 'SELECT (date$1), f(($1)::date)'],
];

test('a parameter behind a type becomes a cast, which the grammar takes', () => {
  for (const [text, expected] of REWRITTEN) {
    assert.equal(withCasts(text), expected);
    assert.equal(withCasts(expected), expected, 'twice is as once');
    assert.ok('statements' in grammar.parse(expected), expected);
  }
});

test('nothing else is touched', () => {
  for (const text of [
    "SELECT 'interval $1', $1",
    "SELECT E'\\' interval $1', $1",
    'SELECT $$interval $1$$, $x$ date $2 $x$, $1',
    'SELECT $1 /* interval $1 /* date $2 */ time $3 */ -- date $1',
    'SELECT "interval $1", "date" $1',
    'SELECT x.date $1, x . date $1',
    'SELECT now() AT TIME ZONE $1',
    'SELECT t.d AT TIME ZONE $1 FROM t WHERE date = $1 AND time > $2',
    "SELECT interval '1 day', date '2024-01-01', $1",
    'SELECT $1::date, CAST($2 AS interval), time($3)',
    'SELECT my_date $1, dates $2, date$1',
    'SELECT numeric(10, $1) $2',
    'SELECT date',
    'SELECT interval (',
    '',
  ]) {
    assert.equal(withCasts(text), text);
  }
});

test('a statement of pg_stat_statements is understood as the one with a literal', () => {
  const schema = testSchema({ t: ['id bigint', 'created_at timestamp with time zone'] });
  const literal = "SELECT count(*) FROM t WHERE created_at > now() - interval '10 days' AND id = 5";
  const counted = 'SELECT count(*) FROM t WHERE created_at > now() - interval $1 AND id = $2';
  for (const text of [literal, counted]) {
    const { uses, notUnderstood } = understand(grammar, text, schema);
    assert.equal(notUnderstood, null);
    assert.deepEqual(uses.map(roleText), ['t E=id R=created_at']);
  }
  assert.notEqual(grammar.fingerprint(counted), null);
  assert.equal(grammar.fingerprint(counted), grammar.fingerprint(literal));
});

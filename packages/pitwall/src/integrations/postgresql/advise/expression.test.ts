import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOn } from '../../_sql/advisor/key-of.ts';
import { whyUnsound } from './expression.ts';

const columns = [
  { name: 'email', width: 20, distinct: 50_000, nullShare: 0 },
  { name: 'state', width: 5, distinct: 3, nullShare: 0 },
  { name: 'At time', width: 8, distinct: 1000, nullShare: 0 },
  { name: 'never_analyzed', width: 8, distinct: null, nullShare: null },
];
const why = (expression: string | null, column: string | null = null) =>
  whyUnsound({ keys: [{ ...keyOn(''), column, expression }] }, { columns });

test('the planner is believed where the column says what it cannot know of the expression', () => {
  for (const expression of [
    'lower(email)',
    'lower((email)::text)',
    'upper(btrim(email))',
    'email::text',
    'lower("At time")',
    'md5(never_analyzed)',
  ]) {
    assert.equal(why(expression), null, expression);
  }
  assert.equal(why(null, 'state'), null, 'columns have statistics');
});

test('it is not where few values are left, or nobody knows how many', () => {
  assert.match(why('lower(state)')!, /has 3 values at most, and the planner assumes 200/);
  for (const expression of [
    "date_trunc('day', email)",
    'email || state',
    'length(email)',
    'lower(email || state)',
    'f(email)',
  ]) {
    assert.match(why(expression)!, /no statistics tell how many values/, expression);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { nameOf, partsOf, qualified, quoteIdentifier } from './identifiers.ts';

test('names are unambiguous and can be taken apart', () => {
  const names = [
    ['public', 'orders'],
    ['a.b', 'c'],
    ['a', 'b.c'],
    ['Odd "one"', 'x'],
    ['public', '"'],
    ['sch', 'tab', 'col.umn'],
    ['ünï', '注文'],
  ];
  assert.equal(new Set(names.map((parts) => nameOf(...parts))).size, names.length);
  for (const parts of names) assert.deepEqual(partsOf(nameOf(...parts)), parts);
  assert.equal(nameOf('public', 'Orders'), 'public.Orders');
});

test('what is no name', () => {
  for (const text of ['', '.', 'a.', '.a', 'a..b', '"a', 'a"b', '"a"b', 'a.""'])
    assert.equal(partsOf(text), null, text);
});

test('for SQL', () => {
  assert.equal(qualified('public', 'a"; DROP TABLE x; --'), '"public"."a""; DROP TABLE x; --"');
  assert.throws(() => quoteIdentifier('a\0b'), TypeError);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { backwards, describeIndex, keyOf } from './key-of.ts';
import { sameIndex, serves } from './serves.ts';
import { index, keys } from './testing.ts';

const HEAP = { name: 't', rowid: null };
const ROWID = { name: 't', rowid: 'id' };

test('one text for one index, read forwards or backwards; any difference in meaning is another', () => {
  const base = index('t', ['a', 'b-'], { include: ['x', 'y'], where: 'c  IS NULL' });
  assert.equal(keyOf(base), keyOf(index('t', ['a-', 'b'], { include: ['y', 'x'], where: ' c IS NULL ' })));
  const last = { ...keys('a')[0]!, nullsFirst: false };
  assert.equal(keyOf(index('t', [], { keys: [last] })), keyOf(index('t', [], { keys: [backwards(last)] })));
  const others = [
    index('u', ['a', 'b-']),
    index('t', ['a', 'b']),
    index('t', ['b-', 'a']),
    index('t', ['a', '(b)']),
    index('t', ['a', 'b-'], { include: ['x'] }),
    index('t', ['a', 'b-'], { where: 'c IS NULL' }),
    index('t', [], { keys: [keys('a')[0]!, { ...keys('b-')[0]!, collate: 'C' }] }),
    index('t', [], { keys: [keys('a')[0]!, { ...keys('b-')[0]!, opclass: 'text_pattern_ops' }] }),
    index('t', [], { keys: [keys('a')[0]!, { ...keys('b-')[0]!, nullsFirst: true }] }),
    index('t', ['a', 'b-']),
  ];
  assert.equal(new Set(others.map(keyOf)).size, others.length);
});

test('a longer index serves a shorter one that it begins with, exactly', () => {
  const cases: [wide: ReturnType<typeof index>, narrow: ReturnType<typeof index>, expected: boolean][] = [
    [index('t', ['a', 'b']), index('t', ['a']), true],
    [index('t', ['a', 'b']), index('t', ['b']), false],
    [index('t', ['a']), index('t', ['a', 'b']), false],
    [index('t', ['a-', 'b']), index('t', ['a', 'b-']), true],
    [index('t', ['a', 'b']), index('t', ['a', 'b-']), false],
    [index('t', ['a', 'b']), index('t', ['a'], { where: 'c = 1' }), false],
    [index('t', ['a', 'b'], { where: 'c = 1' }), index('t', ['a']), false],
    [index('t', ['a', 'b'], { where: 'c = 1' }), index('t', ['a'], { where: 'c  = 1' }), true],
    [index('t', ['a', 'b']), index('t', ['a'], { include: ['b'] }), true],
    [index('t', ['a'], { include: ['b', 'c'] }), index('t', ['a'], { include: ['c'] }), true],
    [index('t', ['a'], { include: ['b'] }), index('t', ['a', 'b']), false],
    [index('t', ['(lower(a))', 'b']), index('t', ['(lower(a))']), true],
    [index('u', ['a', 'b']), index('u', ['a']), false],
  ];
  for (const [wide, narrow, expected] of cases) {
    assert.equal(serves(wide, narrow, HEAP), expected, `${describeIndex(wide)} for ${describeIndex(narrow)}`);
  }
  const collated = index('t', [], { keys: [{ ...keys('a')[0]!, collate: 'nocase' }] });
  assert.equal(serves(collated, index('t', ['a']), HEAP), false);
});

test('every index of a rowid table ends with the rowid', () => {
  assert.ok(sameIndex(index('t', ['a', 'id']), index('t', ['a']), ROWID));
  assert.ok(!sameIndex(index('t', ['a', 'id']), index('t', ['a']), HEAP));
  assert.ok(!serves(index('t', ['a']), index('t', ['a', 'id-']), ROWID));
  assert.ok(!serves(index('t', ['a']), index('t', ['a-', 'id']), ROWID), 'the tail runs with the rest');
  assert.ok(!serves(index('t', ['a']), index('t', ['a', 'id', 'b']), ROWID), 'what is carried behind it must be there');
  assert.ok(serves(index('t', ['a', 'b']), index('t', ['a']), ROWID));
});

test('for people', () => {
  const spec = index('orders', ['customer', 'at-', '(lower(note))'], { include: ['total'], where: 'gone IS NULL' });
  assert.equal(describeIndex(spec), 'orders (customer, at DESC, (lower(note))) INCLUDE (total) WHERE gone IS NULL');
});

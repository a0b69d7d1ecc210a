import assert from 'node:assert/strict';
import test from 'node:test';
import type { ExistingIndex } from './problem.ts';
import { redundantIndexes } from './redundant.ts';
import { existing, index, table } from './testing.ts';

function found(
  indexes: readonly ExistingIndex[],
  chosen: Parameters<typeof redundantIndexes>[1] = [],
  rowid: string | null = null,
) {
  return redundantIndexes([table('t', 10, [['a', 1]], { indexes, rowid })], chosen).map(({ name, servedBy }) =>
    'name' in servedBy ? `${name} by ${servedBy.name}` : `${name} by a new one`,
  );
}

test('doubles and first keys go; which of two alike stays does not depend on the order', () => {
  const [twin, copy] = [existing('a1', index('t', ['a', 'b'])), existing('a2', index('t', ['a-', 'b-']))];
  assert.deepEqual(found([twin, copy]), ['a2 by a1']);
  assert.deepEqual(found([copy, twin]), ['a2 by a1']);
  const chain = [
    existing('one', index('t', ['a'])),
    existing('two', index('t', ['a', 'b'])),
    existing('three', index('t', ['a', 'b', 'c'])),
  ];
  assert.deepEqual(
    found(chain).map((text) => text.split(' ')[0]),
    ['one', 'two'],
  );
  assert.ok(found(chain).every((text) => text.endsWith('by three') || text.endsWith('by two')));
});

test('needed, unique and invalid ones stay, and an invalid one serves nothing', () => {
  const short = index('t', ['a']);
  const wide = existing('wide', index('t', ['a', 'b']));
  assert.deepEqual(found([existing('x', short, { needed: true }), wide]), []);
  assert.deepEqual(found([existing('x', short, { unique: true }), wide]), []);
  assert.deepEqual(found([existing('x', short, { valid: false }), wide]), []);
  assert.deepEqual(found([existing('x', short), { ...wide, valid: false }]), []);
  assert.deepEqual(found([existing('x', short), existing('pk', short, { unique: true, needed: true })]), ['x by pk']);
  assert.deepEqual(found([existing('x', null), wide]), []);
});

test('nothing that differs in meaning', () => {
  const wide = existing('wide', index('t', ['a', 'b']));
  assert.deepEqual(found([existing('x', index('t', ['b'])), wide]), []);
  assert.deepEqual(found([existing('x', index('t', ['a'], { where: 'c = 1' })), wide]), []);
  assert.deepEqual(found([existing('x', index('t', ['a'], { include: ['c'] })), wide]), []);
});

test('the rowid at the end, and an index that is still to be built', () => {
  const pair = [existing('short', index('t', ['a'])), existing('tail', index('t', ['a', 'id']))];
  assert.deepEqual(found(pair), ['short by tail']);
  assert.deepEqual(found(pair, [], 'id'), ['short by tail']);
  assert.deepEqual(found([existing('old', index('t', ['a']))], [index('t', ['a', 'z'])]), ['old by a new one']);
  assert.deepEqual(found([existing('old', index('t', ['a']))], [index('u', ['a', 'z'])]), []);
});

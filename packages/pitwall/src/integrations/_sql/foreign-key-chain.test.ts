import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainKey, chainsOf, type RowChange, throughText } from './foreign-key-chain.ts';

const key = (child: string, parent: string, more: Partial<ChainKey> = {}): ChainKey => ({
  child,
  columns: [`${parent}_id`],
  parent,
  parentColumns: ['id'],
  onDelete: 'NO ACTION',
  onUpdate: 'NO ACTION',
  ...more,
});
const gone = (table: string): RowChange => ({ table, kind: 'delete', columns: [] });
const set = (table: string, ...columns: string[]): RowChange => ({ table, kind: 'update', columns });
const told = (keys: readonly ChainKey[], ...changes: RowChange[]) =>
  chainsOf(keys, changes).lookUps.map(({ key: { child }, by }) => `${child} ${throughText(by.through)}`.trim());

const CASCADE = { onDelete: 'CASCADE' };

test('a delete goes on through CASCADE, and ends where nothing follows', () => {
  const keys = [key('b', 'a', CASCADE), key('c', 'b', CASCADE), key('d', 'c'), key('e', 'd', CASCADE)];
  assert.deepEqual(told(keys, gone('a')), ['b', 'c a → b, ON DELETE CASCADE', 'd a → b → c, ON DELETE CASCADE']);
  assert.deepEqual(told(keys, gone('c')), ['d']);
  assert.deepEqual(told(keys, set('a', 'name')), []);
});

test('SET NULL changes columns: only keys that refer to them look', () => {
  const keys = [
    key('b', 'a', { onDelete: 'SET NULL', columns: ['code', 'more'] }),
    key('c', 'b', { parentColumns: ['code'], onUpdate: 'CASCADE', columns: ['b_code'] }),
    key('d', 'b'),
    key('e', 'c', { parentColumns: ['b_code'] }),
  ];
  const found = ['b', 'c a → b, ON DELETE SET NULL', 'e a → b (ON DELETE SET NULL) → c (ON UPDATE CASCADE)'];
  assert.deepEqual(told(keys, gone('a')), found);
  // Where SET NULL sets but one of the columns (since PostgreSQL 15).
  assert.deepEqual(told([{ ...keys[0]!, setOnDelete: ['more'] }, ...keys.slice(1)], gone('a')), ['b']);
});

test('an update goes on with the columns of the key that change, and no others', () => {
  const both = { columns: ['x', 'y'], parentColumns: ['x', 'y'], onUpdate: 'CASCADE' };
  const keys = [key('b', 'a', both), key('c', 'b', { parentColumns: ['x'] }), key('d', 'b', { parentColumns: ['y'] })];
  assert.deepEqual(told(keys, set('a', 'y', 'z')), ['b', 'd a → b, ON UPDATE CASCADE']);
  assert.deepEqual(told(keys, set('a', 'z')), []);
});

test('cycles, keys of a table to itself and endless schemas come to an end', () => {
  const itself = key('a', 'a', CASCADE);
  assert.deepEqual(told([itself], gone('a')), ['a']);
  assert.deepEqual(told([key('b', 'a', CASCADE), key('a', 'b', CASCADE)], gone('a')), [
    'b',
    'a a → b, ON DELETE CASCADE',
  ]);
  const long = Array.from({ length: 40 }, (_, i) => key(`t${i + 1}`, `t${i}`, CASCADE));
  const chains = chainsOf(long, [gone('t0')]);
  assert.ok(chains.cut);
  assert.equal(chains.lookUps.length, 13);
  assert.equal(
    throughText(chains.lookUps.at(-1)!.by.through),
    't0 → t1 → t2 → t3 → t4 → 7 more → t12, ON DELETE CASCADE',
  );
  const wide = Array.from({ length: 5000 }, (_, i) => key(`t${i}`, 'a', CASCADE));
  const { reached, lookUps, cut } = chainsOf(wide, [gone('a')]);
  assert.deepEqual([reached.length, lookUps.length, cut], [2000, 5000, true]);
});

test('each key once, by the shortest way', () => {
  const keys = [key('b', 'a', CASCADE), key('c', 'b', CASCADE), key('c', 'a', CASCADE), key('d', 'c')];
  assert.deepEqual(told(keys, gone('a')).slice(2), ['c a → b, ON DELETE CASCADE', 'd a → c, ON DELETE CASCADE']);
});

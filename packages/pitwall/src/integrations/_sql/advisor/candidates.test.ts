import assert from 'node:assert/strict';
import test from 'node:test';
import { candidatesFor } from './candidates.ts';
import { describeIndex } from './key-of.ts';
import type { AdvisorTable, Dialect } from './problem.ts';
import { catalogOf } from './tables.ts';
import { ALL, among, equal, existing, index, range, sort, statement, table, use } from './testing.ts';

const PLAIN: Dialect = { ...ALL, include: false, partial: false, expressions: false };
const T = table('t', 10_000, [
  ['id', 10_000],
  ['a', 10],
  ['b', 1000],
  ['c', 100],
  ['d', null],
  ['long', null, 200],
]);

function found(
  uses: readonly Parameters<typeof use>[1][],
  { dialect = PLAIN, on = T, maxKeys = 4 }: { dialect?: Dialect; on?: AdvisorTable; maxKeys?: number } = {},
): string[] {
  const statements = uses.map((one, i) => statement(`s${i}`, [use('T', one)]));
  const { of } = candidatesFor(statements, { dialect, maxKeys }, catalogOf({ tables: [on], dialect }));
  return of.get('s0')!.map((spec) => describeIndex(spec).slice(2));
}

test('equality, most shared first, then the most selective; one range behind it', () => {
  const own = { equality: [equal('A'), equal('b')], ranges: [range('c')] };
  assert.equal(found([own])[0], '(b, a, c)');
  assert.equal(found([own, { equality: [equal('a')] }])[0], '(a, b, c)');
  const two = found([{ equality: [equal('a')], ranges: [range('b'), range('c')] }]);
  assert.deepEqual(two.slice(0, 3), ['(a, b)', '(a, c)', '(a)']);
  for (const single of ['(a)', '(b)', '(c)']) assert.ok(two.includes(single));
  const wide = found([{ equality: ['a', 'b', 'c', 'd', 'long'].map(equal) }], { maxKeys: 2 });
  assert.ok(wide.every((text) => text.split(',').length <= 2));
});

test('the sort follows equality, never IN; mixed directions stay; alone only under LIMIT', () => {
  const mixed = { equality: [equal('a')], orderBy: [sort('b', true), sort('c')] };
  assert.ok(found([mixed]).includes('(a, b, c DESC)'), 'read backwards from an ascending start');
  const list = found([{ equality: [among('a')], orderBy: [sort('b')], limit: true }]);
  assert.ok(!list.includes('(a, b)') && list.includes('(b)') && list.includes('(b, a)'));
  const both = found([{ equality: [among('a'), equal('c')], orderBy: [sort('b')] }]);
  assert.ok(both.includes('(c, b)') && both.includes('(c, b, a)'));
  assert.equal(found([{ orderBy: [sort('b', true)], limit: true }])[0], '(b)');
  assert.ok(found([{ groupBy: [sort('b')], equality: [equal('a')] }]).includes('(a, b)'));
});

test('joins: with the constants, before them, alone, and all keys of one table together', () => {
  const join = (column: string, other: string) => ({ column, expression: null, with: { table: other, column: 'x' } });
  const list = found([{ equality: [equal('a')], joins: [join('b', 'u'), join('c', 'u'), join('d', 'v')] }]);
  for (const text of ['(a, b)', '(b, a)', '(b)', '(c)', '(a, b, c)', '(b, c, a)', '(b, c)', '(a, b, c, d)']) {
    assert.ok(list.includes(text), text);
  }
});

test('covering: INCLUDE where there is one, keys where not, never a copy of the table', () => {
  const own = { equality: [equal('a')], output: ['a', 'd', 'C'] };
  assert.deepEqual(found([own], { dialect: { ...PLAIN, include: true } }), ['(a)', '(a) INCLUDE (c, d)']);
  assert.deepEqual(found([own]), ['(a)', '(a, c, d)']);
  assert.deepEqual(found([{ ...own, output: ['a', 'long'] }]), ['(a)']);
  assert.deepEqual(found([{ ...own, output: null }]), ['(a)']);
  assert.deepEqual(
    found([{ ...own, output: ['a', 'id'] }], { on: { ...T, rowid: 'id' } }),
    ['(a)'],
    'the rowid is there anyway',
  );
});

test('what may be too long for an entry is carried along only where another index has it', () => {
  const dialect = { ...PLAIN, include: true };
  const own = { equality: [equal('a')], output: ['a', 'd', 'c'] };
  const columns = T.columns.map((column) => (column.name === 'd' ? { ...column, unbounded: true } : column));
  assert.deepEqual(found([own], { dialect, on: { ...T, columns } }), ['(a)']);
  const indexes = [existing('by_d', index(T.name, ['d']))];
  assert.deepEqual(found([own], { dialect, on: { ...T, columns, indexes } }), ['(a)', '(a) INCLUDE (c, d)']);
});

test('partial: the constant tests are no keys then; a test that keeps many rows makes none', () => {
  const dialect = { ...PLAIN, partial: true };
  const constants = (kept?: number) => [
    { predicate: 'd IS NULL', columns: ['d'], ...(kept === undefined ? {} : { kept }) },
  ];
  const own = { equality: [equal('a'), equal('d')], constants: constants() };
  assert.ok(found([own], { dialect }).includes('(a) WHERE d IS NULL'));
  assert.ok(!found([{ ...own, constants: constants(0.4) }], { dialect }).some((text) => text.includes('WHERE')));
  assert.ok(found([{ ...own, constants: constants(0.05) }], { dialect }).some((text) => text.includes('WHERE')));
  assert.ok(!found([own]).some((text) => text.includes('WHERE')));
  assert.ok(found([{ equality: [equal('d')], constants: constants() }], { dialect }).includes('(d) WHERE d IS NULL'));
  const queue = { equality: [equal('d')], constants: constants(), orderBy: [sort('b')] };
  assert.ok(found([queue], { dialect }).includes('(b) WHERE d IS NULL'));
  const two = [...constants(), { predicate: 'a = 1', columns: ['a'] }];
  assert.ok(found([{ equality: [equal('b')], constants: two }], { dialect }).includes('(b) WHERE d IS NULL AND a = 1'));
});

test('expressions, where the dialect has them', () => {
  const lower = { equality: [{ column: null, expression: 'lower(long)', test: 'equal' as const, values: 1 }] };
  assert.deepEqual(found([lower], { dialect: { ...PLAIN, expressions: true } }), ['((lower(long)))']);
  assert.deepEqual(found([lower]), []);
});

test('nothing that exists, nothing beside a unique key, no rowid in front', () => {
  const indexes = [
    existing('pkey', index('t', ['id']), { unique: true, needed: true }),
    existing('ab', index('t', ['a', 'b'])),
    existing('broken', index('t', ['c']), { valid: false }),
    existing('gin', null),
  ];
  const on = { ...T, indexes };
  assert.deepEqual(found([{ equality: [equal('id'), equal('a')] }], { on }), [], 'one row already');
  assert.deepEqual(found([{ equality: [equal('a')] }], { on }), []);
  assert.deepEqual(found([{ equality: [equal('c')] }], { on }), ['(c)']);
  assert.ok(
    found([{ equality: [among('id')], ranges: [range('c')] }], { on }).every((text) => !text.startsWith('(id')),
  );
  const rowid = { ...T, rowid: 'id' };
  assert.deepEqual(found([{ ranges: [range('id')], equality: [equal('a')] }], { on: rowid }), ['(a)']);
  const { served } = candidatesFor(
    [statement('s', [use('t', { equality: [equal('a')] })])],
    { dialect: PLAIN, maxKeys: 4 },
    catalogOf({ tables: [on], dialect: PLAIN }),
  );
  assert.deepEqual(
    served.map(({ by }) => by),
    ['ab'],
  );
});

test('unknown tables and columns give nothing; the number is bounded', () => {
  assert.deepEqual(found([{ equality: [equal('nowhere')] }]), []);
  const statements = [statement('s', [use('elsewhere', { equality: [equal('a')] })])];
  assert.deepEqual(
    candidatesFor(statements, { dialect: PLAIN, maxKeys: 4 }, catalogOf({ tables: [T], dialect: PLAIN })).of.get('s'),
    [],
  );
  const all = ['a', 'b', 'c', 'd'];
  const rich = {
    equality: all.map(equal),
    ranges: all.map(range),
    orderBy: [sort('b')],
    groupBy: [sort('c')],
    limit: true,
    output: ['id', 'a'],
  };
  assert.ok(found([{ ...rich, joins: all.map((column) => ({ column, expression: null, with: null })) }]).length <= 30);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ServingIndex, servesForeignKey } from './foreign-key.ts';

const index = (columns: ServingIndex['columns'], more: Partial<ServingIndex> = {}): ServingIndex => ({
  method: 'btree',
  valid: true,
  where: null,
  columns,
  ...more,
});

const serves: readonly (readonly [what: string, index: ServingIndex, columns: readonly string[], expected: boolean])[] =
  [
    ['the column alone', index(['a']), ['a'], true],
    ['first of more', index(['a', 'z']), ['a'], true],
    ['not first', index(['z', 'a']), ['a'], false],
    ['all, in another order', index(['b', 'a', 'z']), ['a', 'b'], true],
    ['one of two', index(['a']), ['a', 'b'], false],
    ['another between', index(['a', 'z', 'b']), ['a', 'b'], false],
    ['an expression first', index([null, 'a']), ['a'], false],
    ['an expression after', index(['a', null]), ['a'], true],
    ['invalid', index(['a'], { valid: false }), ['a'], false],
    ['partial', index(['a'], { where: '(deleted = false)' }), ['a'], false],
    ['partial: not null', index(['a'], { where: '(a IS NOT NULL)' }), ['a'], true],
    ['partial: both not null', index(['a', 'b'], { where: '((a IS NOT NULL) AND (b IS NOT NULL))' }), ['a', 'b'], true],
    ['partial: another not null', index(['a'], { where: '(b IS NOT NULL)' }), ['a'], false],
    ['partial: not null and more', index(['a'], { where: '((a IS NOT NULL) AND (b = 1))' }), ['a'], false],
    ['partial: or', index(['a'], { where: '((a IS NOT NULL) OR (b = 1))' }), ['a'], false],
    ['partial: a quoted name', index(['A "b"'], { where: '("A ""b""" IS NOT NULL)' }), ['A "b"'], true],
    ['hash', index(['a'], { method: 'hash' }), ['a'], true],
    ['gin', index(['a'], { method: 'gin' }), ['a'], false],
  ];

for (const [what, of, columns, expected] of serves) {
  test(`${what}: ${expected ? 'serves' : 'does not'}`, () => assert.equal(servesForeignKey(of, columns), expected));
}

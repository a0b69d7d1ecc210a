import assert from 'node:assert/strict';
import test from 'node:test';
import { describeIndex } from './key-of.ts';
import { mergePairs, mergeTwo } from './merge.ts';
import { ALL, existing, index, table } from './testing.ts';

const WITH = { dialect: ALL, maxKeys: 3 };
const text = (spec: ReturnType<typeof mergeTwo>) => spec && describeIndex(spec).slice(2);

test('the keys of one, then what the other misses, cut at the width', () => {
  assert.equal(text(mergeTwo(index('t', ['a', 'b']), index('t', ['b', 'c-']), WITH)), '(a, b, c DESC)');
  assert.equal(text(mergeTwo(index('t', ['a', 'b']), index('t', ['c', 'd']), WITH)), '(a, b, c)');
  assert.equal(text(mergeTwo(index('t', ['a']), index('t', ['a', 'b']), WITH)), null, 'the longer one as it is');
  assert.equal(text(mergeTwo(index('t', ['a']), index('u', ['b']), WITH)), null);
  assert.equal(text(mergeTwo(index('t', ['a'], { where: 'x = 1' }), index('t', ['b']), WITH)), null);
});

test('INCLUDE columns of both, none that is a key', () => {
  const merged = mergeTwo(index('t', ['a'], { include: ['b', 'x'] }), index('t', ['b'], { include: ['y'] }), WITH);
  assert.equal(text(merged), '(a, b) INCLUDE (x, y)');
  const plain = { dialect: { ...ALL, include: false }, maxKeys: 2 };
  assert.equal(text(mergeTwo(index('t', ['a', 'x', 'y']), index('t', ['b', 'z']), plain)), '(a, x, y, b, z)');
});

test('pairs of the best first, nothing twice, nothing that exists', () => {
  const t = table('t', 10, [['a', 1]], { indexes: [existing('old', index('t', ['b', 'a', 'z']))] });
  const specs = [index('t', ['a']), index('t', ['b']), index('t', ['c'])];
  const all = mergePairs(specs, t, WITH, 100).map((spec) => text(spec));
  assert.deepEqual(all, ['(a, b)', '(a, c)', '(c, a)', '(b, c)', '(c, b)']);
  assert.equal(mergePairs(specs, t, WITH, 2).length, 2);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseVariants, effectText, whyNone } from './trial-choice.ts';
import type { QueryTrial, VariantTrial } from './trial-contract.ts';

const query = (name: string, before: number, ratio: number, spread = 0.02): QueryTrial => ({
  query: name,
  planChanged: ratio !== 1,
  before,
  after: before * ratio,
  ratio,
  interval: [ratio * (1 - spread), ratio * (1 + spread)],
  rounds: 9,
  planBefore: 'a',
  planAfter: 'b',
});
const variant = (name: string, queries: readonly QueryTrial[], bytes = 1000): VariantTrial => ({
  name,
  failed: null,
  buildSeconds: 1,
  indexBytes: bytes,
  queries,
});
const choose = (...variants: VariantTrial[]) =>
  chooseVariants({ variants }, 0.1).map(
    ({ variant: { name }, improved }) => `${name}: ${improved.map((q) => q.query).join(' ')}`,
  );

test('one index for all that it serves, a second only where it is much better', () => {
  assert.deepEqual(
    choose(variant('wide', [query('a', 1, 0.1), query('b', 1, 0.1)]), variant('narrow', [query('a', 1, 0.095)])),
    ['wide: a b'],
  );
  assert.deepEqual(
    choose(
      variant('one', [query('a', 1, 0.1), query('b', 1, 1)]),
      variant('two', [query('a', 1, 1), query('b', 2, 0.1)]),
    ),
    ['two: b', 'one: a'],
  );
});

test('a query belongs to the variant that is best for it, and a needless one goes', () => {
  const early = variant('early', [query('a', 10, 0.5), query('b', 1, 0.7)]);
  const late = variant('late', [query('a', 10, 1), query('b', 1, 0.01)]);
  assert.deepEqual(choose(early, late), ['early: a', 'late: b']);
  const both = variant('both', [query('a', 1, 0.5), query('b', 1, 0.5)]);
  const forA = variant('for a', [query('a', 1, 0.2), query('b', 1, 1)]);
  const forB = variant('for b', [query('a', 1, 1), query('b', 1, 0.2)]);
  assert.deepEqual(choose(both, forA, forB), ['for a: a', 'for b: b']);
});

test('the smaller of two equal ones', () => {
  assert.deepEqual(choose(variant('big', [query('a', 1, 0.1)], 2000), variant('small', [query('a', 1, 0.1)], 1000)), [
    'small: a',
  ]);
});

test('not what harms another query, is not sure, or failed', () => {
  assert.deepEqual(choose(variant('harms', [query('a', 1, 0.1), query('b', 1, 1.5)])), []);
  assert.deepEqual(choose(variant('unsure', [query('a', 1, 0.85, 0.1)])), []);
  assert.deepEqual(choose({ ...variant('failed', [query('a', 1, 0.1)]), failed: 'no room' }), []);
});

test('says why there is none', () => {
  assert.match(whyNone({ variants: [variant('x', [query('a', 1, 1)])] }), /planner did not use it/);
  assert.match(whyNone({ variants: [variant('x', [query('a', 1, 0.95)])] }), /1\.1× faster \(1\.0× to 1\.1×\)/);
  assert.match(whyNone({ variants: [{ ...variant('x', []), failed: 'no room' }] }), /no room/);
  assert.equal(effectText({ ratio: 0.0125, interval: [0.01, 0.02] }), '80× faster (50× to 100×)');
  assert.equal(effectText({ ratio: 0.5, interval: [0.4, 1.25] }), '2.0× faster (0.80× to 2.5×)');
  assert.equal(effectText({ ratio: 1.5, interval: [1.2, 2] }), '1.5× slower (1.2× to 2.0×)');
});

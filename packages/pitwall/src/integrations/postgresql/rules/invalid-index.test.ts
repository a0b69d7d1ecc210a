import assert from 'node:assert/strict';
import test from 'node:test';
import { invalidIndex } from './invalid-index.ts';
import { clear, healthy, index, only, run } from './structure-testing.ts';

const invalid = { valid: false, scans: 0 };

test('an invalid index is removed, and told how to build again', () => {
  const definition = 'CREATE UNIQUE INDEX broken ON public.orders USING btree (a)';
  const finding = only(
    run(invalidIndex, [...healthy(), index('broken', ['a'], { ...invalid, unique: true, definition })]),
  );
  const [change] = finding.changes!;
  assert.deepEqual([change?.tunable, change?.to], ['postgresql/invalid-index', { drop: true }]);
  assert.match(finding.advice!.code!, /^CREATE UNIQUE INDEX CONCURRENTLY broken ON public\.orders/);
});

test('a leftover of REINDEX CONCURRENTLY, or one that a valid index makes needless, is only removed', () => {
  const leftover = only(run(invalidIndex, [...healthy(), index('orders_a_ccnew1', ['a'], invalid)]));
  assert.equal(leftover.advice, undefined);
  const facts = [index('broken', ['a'], invalid), index('whole', ['a'])];
  assert.equal(only(run(invalidIndex, [...healthy(), ...facts])).advice, undefined);
});

test('one that is being built is none; where the role may not see which is, it is not sure', () => {
  assert.match(
    clear(run(invalidIndex, [...healthy(), index('x', ['a'], { ...invalid, beingBuilt: true })])),
    /being built/,
  );
  const hidden = only(run(invalidIndex, [...healthy(), index('x', ['a'], { ...invalid, beingBuilt: null })]));
  assert.equal(hidden.confidence, 'low');
  assert.equal(hidden.changes, undefined);
  assert.match(clear(run(invalidIndex, [...healthy(), index('x', ['a'])])), /every index is valid/);
});

test('what belongs to a constraint or to a partitioned index cannot be dropped alone', () => {
  for (const more of [{ constraint: 'c' }, { parent: 'public.whole' }]) {
    const finding = only(run(invalidIndex, [...healthy(), index('x', ['a'], { ...invalid, ...more })]));
    assert.equal(finding.changes, undefined);
    assert.equal(finding.advice?.code, 'REINDEX INDEX CONCURRENTLY "public"."x";');
  }
  const whole = index('whole', ['a'], { ...invalid, kind: 'partitioned' });
  assert.match(only(run(invalidIndex, [...healthy(), whole])).advice!.code!, /ATTACH PARTITION/);
  const part = index('part', ['a'], { ...invalid, parent: 'public.whole' });
  assert.equal(only(run(invalidIndex, [...healthy(), whole, part])).subject, 'public.part');
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelsKey, rollUp } from './rollup.ts';
import { observation } from './testing.ts';

const sample = (value: Parameters<typeof observation>[0][number]['value'], at = 90) => ({
  name: 'm',
  labels: {},
  at,
  value,
});

describe('rollUp', () => {
  it('aligns buckets to the minute and adds plain numbers up', () => {
    assert.deepEqual(rollUp([observation([sample(1), sample(3), sample(-2, 119.999), sample(5, 120)])]), [
      { target: 'db', name: 'm', labels: {}, start: 60, count: 3, sum: 2, min: -2, max: 3, histogram: null },
      { target: 'db', name: 'm', labels: {}, start: 120, count: 1, sum: 5, min: 5, max: 5, histogram: null },
    ]);
  });

  it('makes no bucket of what was not measured', () => {
    const none = { count: 0, sum: 0, min: 0, max: 0 };
    assert.deepEqual(
      rollUp([observation([sample(Number.NaN), sample(none), sample(1, Number.POSITIVE_INFINITY)])]),
      [],
    );
    assert.deepEqual(rollUp([]), []);
  });

  it('has no histogram when one of the parts has none', () => {
    const part = { count: 1, sum: 1, min: 1, max: 1 };
    const withHistogram = { ...part, histogram: { buckets: [[7, 1]] as const } };
    for (const order of [
      [part, withHistogram],
      [withHistogram, part],
    ]) {
      const [bucket] = rollUp([observation(order.map((value) => sample(value)))]);
      assert.equal(bucket?.count, 2);
      assert.equal(bucket?.histogram, null);
    }
  });

  it('does not change what it was given', () => {
    const buckets = [[7, 1]] as const;
    const given = { count: 1, sum: 1, min: 1, max: 1, histogram: { buckets } };
    const [bucket] = rollUp([observation([sample(given), sample(given)])]);
    assert.deepEqual(bucket?.histogram, [[7, 2]]);
    assert.deepEqual(buckets, [[7, 1]]);
  });

  it('knows labels whatever their order', () => {
    assert.equal(labelsKey({ b: '1', a: '2' }), labelsKey({ a: '2', b: '1' }));
    assert.notEqual(labelsKey({ a: '1' }), labelsKey({ a: '2' }));
  });
});

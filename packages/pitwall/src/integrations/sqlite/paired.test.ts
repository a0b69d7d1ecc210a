import assert from 'node:assert/strict';
import test from 'node:test';
import { pairedRatio } from './paired.ts';

test('the ratio of alternating runs, with an interval that holds it', () => {
  const before = [10, 11, 9, 10, 12, 10, 10, 11];
  const {
    ratio,
    interval,
    before: was,
    after,
  } = pairedRatio(
    before,
    before.map((value, i) => value * (0.5 + (i % 3) * 0.01)),
  );
  assert.ok(Math.abs(ratio - 0.51) < 0.01, String(ratio));
  assert.ok(interval[0] < ratio && ratio < interval[1] && interval[1] < 0.53, String(interval));
  assert.equal(was, 10);
  assert.ok(after > 4.9 && after < 5.6);
});

test('with few pairs the interval is all that was seen, and no difference stays none', () => {
  assert.deepEqual(
    pairedRatio([4, 4], [2, 8]).interval.map((value) => Number(value.toFixed(6))),
    [0.5, 2],
  );
  const same = pairedRatio([5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5]);
  assert.deepEqual([same.ratio, ...same.interval], [1, 1, 1]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mix } from './mix.ts';

const take = (mix: Mix, count: number): number[] => Array.from({ length: count }, () => mix.next());

test('any stretch holds each endpoint within one of its share, whole cycles hold it exactly', () => {
  const weights = [5, 1, 3, 1];
  for (const seed of [0, 1, 7, 1008, 4_294_967_295]) {
    const order = take(new Mix(weights, seed, 0), 400);
    for (const [i, weight] of weights.entries()) {
      assert.equal(order.filter((endpoint) => endpoint === i).length, weight * 40);
      let seen = 0;
      for (const [n, endpoint] of order.entries()) {
        if (endpoint === i) seen++;
        // Beginning inside a cycle may cost one more.
        assert.ok(Math.abs(seen - ((n + 1) * weight) / 10) < 2, `endpoint ${i} after ${n + 1}`);
      }
    }
  }
});

test('fractional and very unequal weights are kept', () => {
  const order = take(new Mix([0.999, 0.001], 3, 0), 10_000);
  assert.equal(order.filter((endpoint) => endpoint === 1).length, 10);
});

test('the same seed gives the same order, another seed or worker another phase', () => {
  const weights = [3, 2, 1];
  assert.deepEqual(take(new Mix(weights, 42, 1), 50), take(new Mix(weights, 42, 1), 50));
  assert.notDeepEqual(take(new Mix(weights, 42, 0), 50), take(new Mix(weights, 42, 1), 50));
  assert.notDeepEqual(take(new Mix(weights, 42, 0), 50), take(new Mix(weights, 43, 0), 50));
});

test('one endpoint is always that one', () => {
  assert.deepEqual(take(new Mix([7], 9, 3), 3), [0, 0, 0]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dealt, splitEvenly } from './split.ts';

test('shares add up to the total for every remainder and differ by at most one', () => {
  for (let total = 0; total <= 60; total++) {
    for (let parts = 1; parts <= 13; parts++) {
      const shares = splitEvenly(total, parts);
      assert.equal(shares.length, parts);
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        total,
      );
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
    }
  }
});

test('dealing in turn gives every index to exactly one worker', () => {
  for (let total = 0; total <= 60; total++) {
    for (let workers = 1; workers <= 13; workers++) {
      const counted = Array.from({ length: workers }, () => 0);
      for (let i = 0; i < total; i++) counted[i % workers]!++;
      for (let worker = 0; worker < workers; worker++) assert.equal(dealt(total, worker, workers), counted[worker]);
    }
  }
});

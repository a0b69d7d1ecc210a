import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ratesOf } from './testing.ts';

// Recorded by bench/aa/record.ts; recording takes a minute of a real service and is not part of the tests.
const file = new URL('./fixtures/recorded-blocks.json', import.meta.url);

test('recorded blocks: two identical states give at most 5 % false verdicts of 100, a 15 % slowdown is found', (t) => {
  const { random, consecutive, interleaved, slowed, slowedInterleaved } = ratesOf(
    JSON.parse(readFileSync(file, 'utf8')),
  );
  const rates = { random, consecutive, interleaved, slowed, slowedInterleaved };
  t.diagnostic(JSON.stringify(rates));
  assert.ok(random.any <= 0.05, `random ${random.any}`);
  assert.ok(interleaved.any <= 0.05, `interleaved ${interleaved.any}`);
  // A neighbour of this service that woke up and fell asleep again during the recording changed its p99 for real, and arms that
  // follow one another cannot tell that from a change: the share is shown, and must not grow.
  assert.ok(consecutive.any <= 0.1, `consecutive ${consecutive.any}`);
  assert.ok(slowed.found >= 0.5, `slowed ${slowed.found}`);
  assert.ok(slowedInterleaved.found >= 0.9, `slowed, interleaved ${slowedInterleaved.found}`);
});

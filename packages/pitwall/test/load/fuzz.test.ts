import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz-run.ts';

test('a server that answers in every way, right and wrong: each request is counted once, as what it came to', async () => {
  const result = await fuzz(1, 5);
  assert.ok(result.sent > 500, `${result.sent} requests`);
});

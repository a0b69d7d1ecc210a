import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz-run.ts';

const MINUTES = 10;

test(`${MINUTES} minutes of a fuzzed server, a new seed every half a minute: no hang, no crash, no wrong count`, async (t) => {
  let sent = 0;
  for (let round = 0; round < MINUTES * 2; round++) {
    const result = await fuzz(1000 + round, 27, { users: [1, 10, 40, 200][round % 4]!, workers: 1 + (round % 2) });
    sent += result.sent;
  }
  t.diagnostic(`${sent} requests`);
  assert.ok(sent > 50_000, `${sent} requests`);
});

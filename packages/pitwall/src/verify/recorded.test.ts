/**
 * Blocks of a real service, recorded by bench/aa/record.ts (which takes minutes and is not part of the tests) on two cores that it
 * shared with other work, compared again and again with as many blocks as a trial has by default. `identical` and `slowed`: 100
 * draws at random; `…InTurn`: all windows of blocks that followed one another, as a trial at that time would have had them.
 * bench/aa/run.ts prints the table, and how many blocks find more.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ratesOf } from './testing.ts';

const recorded = (name: string) =>
  ratesOf(JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')));

test('a machine with other work (load average 4 on two cores): what interleaved and repeated blocks find, and what not', (t) => {
  const { identical, identicalInTurn, slowed, slowedInTurn } = recorded('recorded-blocks');
  t.diagnostic(JSON.stringify({ identical, identicalInTurn, slowed, slowedInTurn }));
  assert.ok(identical.interleaved.any <= 0.05, `interleaved ${identical.interleaved.any}`);
  assert.ok(identical.repeated.any <= 0.05, `repeated ${identical.repeated.any}`);
  assert.ok(identicalInTurn.interleaved.any <= 0.05, `interleaved in turn ${identicalInTurn.interleaved.any}`);
  // Arms that follow one another cannot tell a change from a neighbour that wakes up between them: luck of the recording, held.
  assert.ok(identicalInTurn.repeated.any <= 0.05, `repeated in turn ${identicalInTurn.repeated.any}`);
  // The default: every trial of the time of the recording, and pairs drawn from all of it.
  assert.ok(slowedInTurn.interleaved.found >= 0.9, `slowed, interleaved in turn ${slowedInTurn.interleaved.found}`);
  assert.ok(slowed.interleaved.found >= 0.9, `slowed, interleaved ${slowed.interleaved.found}`);
  // Blocks from all over four minutes, a quarter of them missed: why the default interleaves where it can.
  assert.ok(slowed.repeated.found >= 0.6, `slowed, repeated ${slowed.repeated.found}`);
});

test('a machine that is overloaded (load average 8): less is found, but nothing that is not there', (t) => {
  const { identical, identicalInTurn, slowed } = recorded('recorded-busy');
  t.diagnostic(JSON.stringify({ identical, identicalInTurn, slowed }));
  for (const { interleaved } of [identical, identicalInTurn]) {
    assert.ok(interleaved.any <= 0.05, `interleaved ${interleaved.any}`);
  }
  assert.ok(identical.repeated.any <= 0.05, `repeated ${identical.repeated.any}`);
  // The known weakness of arms that follow one another, on a machine in this state: bench/README.md says so.
  assert.ok(identicalInTurn.repeated.any <= 0.1, `repeated in turn ${identicalInTurn.repeated.any}`);
  assert.ok(slowed.interleaved.found >= 0.4, `slowed, interleaved ${slowed.interleaved.found}`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, recordedContext, valueIn } from '../../_proc/testing.ts';
import { pressure } from './pressure.ts';

const connection = { hanging: new Set<string>() };

test('a recorded machine with both CPUs full: tasks waited nearly all the time', async () => {
  const collected = await pressure.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  // 1.792453 s of 1.84 s.
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.pressure') - 1.792453 / 1.84) < 1e-6);
  assert.equal(valueIn(collected, 'host.memory.pressure.full'), 0);
});

test('only what the kernel keeps is shown', async () => {
  const collected = await pressure.collect(connection, recordedContext('steal', 2));
  assert.equal(valueIn(collected, 'host.cpu.pressure'), 0.8);
  assert.match(gapIn(collected, 'host.memory.pressure'), /does not exist/);
  assert.equal((await pressure.collect(connection, emptyContext())).gaps?.length, 3);
});

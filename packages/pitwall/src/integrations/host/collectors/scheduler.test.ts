import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, recordedContext, valueIn } from '../../_proc/testing.ts';
import { parseRunDelay, scheduler } from './scheduler.ts';

const connection = { hanging: new Set<string>() };

test('field 8 of the CPU lines is summed, domains are not', () => {
  assert.deepEqual(parseRunDelay('version 15\ncpu0 0 0 1 2 3 4 5 1500000000 9\ndomain0 1 2 3\n'), {
    seconds: 1.5,
    cpus: 1,
  });
  assert.equal(parseRunDelay('version 15\n'), null);
});

test('waiting time ÷ window ÷ CPUs is the mean number of tasks waiting', async () => {
  // 3 s on each of two CPUs within 2 s.
  const collected = await scheduler.collect(connection, recordedContext('steal', 2));
  assert.equal(valueIn(collected, 'host.cpu.run-queue.waiting'), 1.5);
});

test('kernels without it give a gap', async () => {
  const gap = gapIn(await scheduler.collect(connection, emptyContext()), 'host.cpu.run-queue.waiting');
  assert.match(gap, /schedstat does not exist/);
});

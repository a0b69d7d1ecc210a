import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { memory, memoryUse, sumOf } from './memory.ts';

const connection = { hanging: new Set<string>() };

test('available, not free, is what counts; sizes are bytes', () => {
  const use = memoryUse(
    'MemTotal: 1000 kB\nMemFree: 50 kB\nMemAvailable: 600 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n',
  );
  assert.deepEqual(use, { utilization: 0.4, available: 614400, swapUtilization: 0.25, swapTotal: 204800 });
});

test('kernels that do not say what is available, and machines without swap, give no number', () => {
  assert.equal(memoryUse('MemTotal: 1000 kB\nMemFree: 50 kB\n').utilization, null);
  assert.equal(memoryUse('SwapTotal: 0 kB\nSwapFree: 0 kB\n').swapUtilization, null);
});

test('counters split by newer kernels are summed, absent ones stay unknown', () => {
  const values = new Map([
    ['workingset_refault_anon', 2],
    ['workingset_refault_file', 5],
    ['pgscan_direct_throttle', 100],
  ]);
  assert.equal(sumOf(values, ['workingset_refault', 'workingset_refault_']), 7);
  assert.equal(sumOf(values, ['pgscan_direct']), undefined);
});

test('a recorded machine without swap', async () => {
  const collected = await memory.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.ok(valueIn(collected, 'host.memory.utilization') < 0.1);
  assert.equal(valueIn(collected, 'host.memory.oom-kills'), 0);
  assert.equal(valueIn(collected, 'host.memory.swap-in'), 0);
  assert.match(gapIn(collected, 'host.swap.utilization'), /no swap is set up/);
});

test('a machine that shows nothing has gaps for all of it', async () => {
  const collected = await memory.collect(connection, emptyContext());
  assert.deepEqual(collected.samples, []);
  for (const what of ['host.memory.utilization', 'host.memory.major-faults', 'host.memory.oom-kills']) {
    assert.match(gapIn(collected, what), /does not exist/);
  }
});

test('the real machine', async () => {
  const available = valueIn(await memory.collect(connection, liveContext()), 'host.memory.available');
  assert.ok(available > 0 && available < totalmem());
});

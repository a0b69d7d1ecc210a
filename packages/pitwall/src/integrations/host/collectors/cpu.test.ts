import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { cpu, cpuShares, parseCpuTimes } from './cpu.ts';

const connection = { hanging: new Set<string>() };

test('guest time is not counted twice, short lines of old kernels work', () => {
  const times = parseCpuTimes('cpu  10 1 5 80 4 0 0 0 10 0\ncpu0 10 1 5 80\nintr 7\n');
  assert.deepEqual(times.all, { total: 100, idle: 80, iowait: 4, steal: 0 });
  assert.deepEqual(times.cores.get('0'), { total: 96, idle: 80, iowait: 0, steal: 0 });
  assert.deepEqual(parseCpuTimes('nothing'), { all: null, cores: new Map() });
});

test('an iowait that steps back does not make a negative share; a standstill is unknown', () => {
  const before = { total: 100, idle: 50, iowait: 10, steal: 0 };
  assert.deepEqual(cpuShares(before, { total: 200, idle: 100, iowait: 5, steal: 0 }), {
    utilization: 0.5,
    iowait: 0,
    steal: 0,
  });
  assert.equal(cpuShares(before, before), null);
});

test('steal is named, per core too, and counts as used', async () => {
  const collected = await cpu.collect(connection, recordedContext('steal', 2));
  // Ticks: 120 user, 40 system, 100 idle, 4 iowait, 2 softirq, 134 steal.
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.steal') - 134 / 400) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.iowait') - 4 / 400) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.utilization') - 296 / 400) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.core.steal', { core: '0' }) - 79 / 200) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'host.cpu.busiest.utilization') - 190 / 200) < 1e-9);
  assert.equal(valueIn(collected, 'host.processes.blocked'), 1);
});

test('a recorded machine with both CPUs full', async () => {
  const collected = await cpu.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.equal(valueIn(collected, 'host.cpu.utilization'), 1);
  assert.equal(valueIn(collected, 'host.cpu.core.utilization', { core: '1' }), 1);
});

test('without /proc/stat there is a gap and nothing else', async () => {
  const collected = await cpu.collect(connection, emptyContext());
  assert.match(gapIn(collected, 'host.cpu'), /^not measurable here: .*does not exist$/);
  assert.equal(collected.samples, undefined);
});

test('the real machine', async () => {
  const collected = await cpu.collect(connection, liveContext());
  const busiest = valueIn(collected, 'host.cpu.busiest.utilization');
  const mean = valueIn(collected, 'host.cpu.utilization');
  assert.ok(mean >= 0 && mean <= 1 && busiest <= 1 && busiest >= mean - 0.3, `${mean} ${busiest}`);
});

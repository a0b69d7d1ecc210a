import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCfsQuota, parseCpuMax, parseMemoryLimit, readCgroup } from './cgroup.ts';
import { cgroupSamples } from './cgroup-samples.ts';
import { gapIn, recordedContext, valueIn } from './testing.ts';
import { overWindow } from './window.ts';

async function collect(name: string, window: number, pid: number | 'self') {
  const context = recordedContext(name, window);
  const { environment } = context;
  return cgroupSamples('process', await overWindow(context, () => readCgroup(environment.proc, environment.sys, pid)));
}

test('limits of both versions', () => {
  assert.equal(parseCpuMax('50000 100000\n'), 0.5);
  assert.equal(parseCpuMax('max 100000\n'), null);
  assert.equal(parseCpuMax(''), null);
  assert.equal(parseCfsQuota('200000\n', '100000\n'), 2);
  assert.equal(parseCfsQuota('-1\n', '100000\n'), null);
  assert.equal(parseMemoryLimit('104857600\n'), 104857600);
  assert.equal(parseMemoryLimit('max\n'), null);
  assert.equal(parseMemoryLimit('9223372036854771712\n'), null);
});

test('version 2: the tightest limit on the way up counts, and use is read where it is set', async () => {
  const collected = await collect('cgroup-v2', 2, 4242);
  // 0.9 s used of 2 s × 0.5 CPU.
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.cpu.utilization') - 0.9) < 1e-9);
  assert.equal(valueIn(collected, 'process.cgroup.cpu.throttled.ratio'), 0.5);
  // 90 MiB less 10 MiB inactive cache, of the slice's 100 MiB.
  assert.equal(valueIn(collected, 'process.cgroup.memory.usage'), 80 * 2 ** 20);
  assert.equal(valueIn(collected, 'process.cgroup.memory.utilization'), 0.8);
  assert.equal(valueIn(collected, 'process.cgroup.memory.oom-kills'), 1);
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.cpu.pressure') - 0.4) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.memory.pressure') - 0.15) < 1e-9);
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.memory.pressure.full') - 0.02) < 1e-9);
  assert.deepEqual(collected.facts, [
    {
      kind: 'process.cgroup',
      key: '/web.slice/vending.service',
      value: { path: '/web.slice/vending.service', version: 2, cpuLimit: 0.5, memoryLimitBytes: 104857600 },
    },
  ]);
});

test('version 2 without limits: use, no utilisation, and the reason', async () => {
  const collected = await collect('cgroup-v2', 2, 'self');
  assert.match(gapIn(collected, 'process.cgroup.cpu.utilization'), /no CPU limit is set/);
  assert.match(gapIn(collected, 'process.cgroup.memory.utilization'), /no memory limit is set/);
  assert.equal(valueIn(collected, 'process.cgroup.cpu.throttled.ratio'), 0);
  assert.equal(valueIn(collected, 'process.cgroup.memory.usage'), 40_000_000);
});

test('version 1 as recorded: half a CPU, throttled, with pressure from the version 2 hierarchy beside it', async () => {
  const collected = await collect('linux-6.18-hybrid', 1.84, 15396);
  // 632.7 ms used of 1.84 s × 0.5.
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.cpu.utilization') - 0.6877) < 0.001);
  assert.ok(Math.abs(valueIn(collected, 'process.cgroup.cpu.throttled.ratio') - 10 / 15) < 1e-9);
  assert.ok(valueIn(collected, 'process.cgroup.memory.utilization') < 0.01);
  assert.equal(valueIn(collected, 'process.cgroup.memory.oom-kills'), 0);
  assert.ok(valueIn(collected, 'process.cgroup.cpu.pressure') > 0.3);
  assert.deepEqual(collected.facts?.[0]?.value, {
    path: '/pitwall-fixture',
    version: 1,
    cpuLimit: 0.5,
    memoryLimitBytes: 268435456,
  });
});

test('no cgroups at all is one gap', async () => {
  const collected = await collect('no-such-machine', 1, 'self');
  assert.match(gapIn(collected, 'process.cgroup'), /does not exist/);
  assert.equal(collected.samples, undefined);
});

test('the real machine answers with numbers or with reasons, never with nothing', async () => {
  const reading = await readCgroup('/proc', '/sys', 'self');
  const window = { before: reading, after: reading, elapsed: 1, at: 1 };
  const collected = cgroupSamples('host', window);
  assert.ok((collected.samples?.length ?? 0) + (collected.gaps?.length ?? 0) > 0);
  for (const sample of collected.samples ?? []) assert.ok(Number.isFinite(sample.value), sample.name);
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gapIn, liveContext, processStat, recordedContext, valueIn } from '../../_proc/testing.ts';
import { connectProcess } from '../connection.ts';
import { memory, parseMemory, parsePss } from './memory.ts';

test('kibibytes become bytes; a zombie has no memory', () => {
  assert.deepEqual(parseMemory('VmRSS:\t    2048 kB\nVmSwap:\t 1 kB\n'), { resident: 2 * 2 ** 20, swapped: 1024 });
  assert.deepEqual(parseMemory('Name:\tx\nState:\tZ (zombie)\n'), { resident: 0, swapped: 0 });
  assert.equal(parsePss('Rss: 10 kB\nPss: 3 kB\nPss_Anon: 1 kB\n'), 3072);
  assert.equal(parsePss('Rss: 10 kB\n'), null);
});

test('shared pages of a recorded nginx count once in PSS and in each process in RSS', async () => {
  const context = recordedContext('linux-6.18-hybrid', 1.84);
  const collected = await memory.collect(
    await connectProcess({ match: 'nginx: master' }, context.environment),
    context,
  );
  const resident = valueIn(collected, 'process.memory.usage');
  const proportional = valueIn(collected, 'process.memory.pss');
  assert.ok(proportional > 0 && proportional < resident, `${proportional} ${resident}`);
});

test('one process without PSS makes the sum unknown, not smaller', async () => {
  const proc = await mkdtemp(join(tmpdir(), 'pitwall-proc-'));
  try {
    for (const pid of ['1', '2']) {
      await mkdir(join(proc, pid));
      await writeFile(join(proc, pid, 'status'), 'VmRSS:\t 100 kB\n');
    }
    await writeFile(join(proc, '1', 'smaps_rollup'), 'Pss: 60 kB\n');
    // Process 3 has ended since the table was read.
    const members = [1, 2, 3].map((pid) => processStat({ pid }));
    const connection = { current: async () => ({ roots: [1], members, table: members }) };
    const context = liveContext();
    const collected = await memory.collect(connection, { ...context, environment: { ...context.environment, proc } });
    assert.equal(valueIn(collected, 'process.memory.usage'), 200 * 1024);
    assert.match(gapIn(collected, 'process.memory.pss'), /2\/smaps_rollup does not exist/);
  } finally {
    await rm(proc, { recursive: true });
  }
});

test('this process', async () => {
  const context = liveContext();
  const collected = await memory.collect(await connectProcess({ pid: process.pid }, context.environment), context);
  const resident = valueIn(collected, 'process.memory.usage');
  assert.ok(resident > process.memoryUsage.rss() * 0.5 && resident < process.memoryUsage.rss() * 2);
});

test('ended processes are a gap', async () => {
  const connection = { current: async () => 'process 5 has ended' };
  assert.match(gapIn(await memory.collect(connection, liveContext()), 'process.memory'), /process 5 has ended/);
});

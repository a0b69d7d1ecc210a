import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processStat, recordedContext } from '../_proc/testing.ts';
import { grownBetween, parseIo, parseSchedstat, parseSwitches, readCounters } from './counters.ts';

test('the parts of a process are parsed, or unknown', () => {
  assert.deepEqual(parseSwitches('Name:\tx\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t2\n'), {
    voluntary: 7,
    involuntary: 2,
  });
  assert.equal(parseSwitches('Name:\tx\n'), null);
  assert.deepEqual(parseSchedstat('5000000000 250000000 12\n'), { ranSeconds: 5, waitSeconds: 0.25 });
  assert.deepEqual(parseSchedstat(''), { ranSeconds: null, waitSeconds: null });
  assert.deepEqual(parseIo('read_bytes: 4096\nwrite_bytes: 8192\n'), { bytesRead: 4096, bytesWritten: 8192 });
  assert.deepEqual(parseIo(''), { bytesRead: null, bytesWritten: null });
});

test('growth covers all threads, and a process that started in between counts from zero', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const before = await readCounters(context.environment.proc, 4242);
  await context.environment.sleep(2, context.signal);
  const after = await readCounters(context.environment.proc, 4242);
  assert.ok(before && after);
  assert.deepEqual(grownBetween(before, after), {
    cpuSeconds: 0.8999999999999999,
    voluntary: 400,
    involuntary: 40,
    waitSeconds: 1,
    bytesRead: 9000,
    bytesWritten: 18000,
  });
  assert.equal(grownBetween(undefined, after).voluntary, 2400);
});

test('kernels that show zero run times keep no waiting times: unknown, not zero', async () => {
  const stat = processStat({ cpuSeconds: 1 });
  const thread = { voluntary: 1, involuntary: 1, ...parseSchedstat('0 0 1\n') };
  const counters = { stat, threads: new Map([['1', thread]]), bytesRead: null, bytesWritten: null };
  const grown = grownBetween(counters, counters);
  assert.equal(grown.waitSeconds, null);
  assert.equal(grown.voluntary, 0);
  assert.equal(grown.bytesRead, null);
});

test('threads that may not be read are unknown; a process that is gone is null', async () => {
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  const counters = await readCounters(proc, 15398);
  assert.equal(counters?.threads?.size, 1);
  assert.ok(counters);
  assert.equal(grownBetween(counters, { ...counters, threads: null }).voluntary, null);
  assert.equal(await readCounters(proc, 999), null);
});

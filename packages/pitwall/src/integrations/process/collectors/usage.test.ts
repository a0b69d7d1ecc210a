import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapIn, liveContext, processStat, recordedContext, valueIn } from '../../_proc/testing.ts';
import { connectProcess } from '../connection.ts';
import { usage } from './usage.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} ${expected}`);

test('all threads of a recorded service, as rates', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const collected = await usage.collect(await connectProcess({ pid: 4242 }, context.environment), context);
  near(valueIn(collected, 'process.count'), 1);
  near(valueIn(collected, 'process.threads'), 2);
  // 0.9 s in 2 s on a host with 2 CPUs.
  near(valueIn(collected, 'process.cpu.cores'), 0.45);
  near(valueIn(collected, 'process.cpu.utilization'), 0.225);
  near(valueIn(collected, 'process.cpu.busiest.cores'), 0.45);
  near(valueIn(collected, 'process.context-switches.voluntary'), 200);
  near(valueIn(collected, 'process.context-switches.involuntary'), 20);
  near(valueIn(collected, 'process.run-queue.waiting'), 0.5);
  near(valueIn(collected, 'process.io.read'), 4500);
  near(valueIn(collected, 'process.io.write'), 9000);
  assert.deepEqual(collected.gaps, []);
});

test('a recorded nginx: summed over the master and its workers', async () => {
  const context = recordedContext('linux-6.18-hybrid', 1.84);
  const collected = await usage.collect(await connectProcess({ match: 'nginx: master' }, context.environment), context);
  near(valueIn(collected, 'process.count'), 3);
  const cores = valueIn(collected, 'process.cpu.cores');
  const busiest = valueIn(collected, 'process.cpu.busiest.cores');
  assert.ok(busiest > 0 && cores >= busiest && cores < 0.6, `${busiest} ${cores}`);
  assert.ok(valueIn(collected, 'process.context-switches.voluntary') > 0);
});

test('a service that ended is a gap, not zero CPU', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const connection = { current: async () => 'nothing listens on port 80' };
  const collected = await usage.collect(connection, context);
  assert.equal(gapIn(collected, 'process'), 'not measurable here: nothing listens on port 80');
  assert.equal(collected.samples, undefined);
});

test('a process that vanishes between the table and its files is left out', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const members = [4242, 5151].map((pid) => processStat({ pid, parent: 1 }));
  const connection = { current: async () => ({ roots: [4242], members, table: members }) };
  near(valueIn(await usage.collect(connection, context), 'process.count'), 1);
});

test('a service that started within the window has no rates for it yet, and says so', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const real = await connectProcess({ pid: 4242 }, context.environment);
  let asked = 0;
  const connection = {
    current: async (environment: typeof context.environment) =>
      asked++ === 0 ? 'nothing listens on port 80' : real.current(environment),
  };
  const collected = await usage.collect(connection, context);
  assert.match(gapIn(collected, 'process rates'), /at the start of the window, nothing listens/);
  near(valueIn(collected, 'process.count'), 1);
});

test('this process while it works', async () => {
  const context = liveContext();
  const connection = await connectProcess({ pid: process.pid }, context.environment);
  const busy = setInterval(() => {
    for (const until = performance.now() + 5; performance.now() < until; );
  }, 6);
  const collected = await usage.collect(connection, context);
  clearInterval(busy);
  assert.ok(valueIn(collected, 'process.cpu.cores') > 0);
  assert.ok(valueIn(collected, 'process.threads') > 1);
  assert.ok(valueIn(collected, 'process.io.read') >= 0);
});

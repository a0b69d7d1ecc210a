import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapIn, recordedContext, valueIn } from '../../_proc/testing.ts';
import { connectProcess } from '../connection.ts';
import { cgroup } from './cgroup.ts';

test("the service's own cgroup, not ours", async () => {
  const context = recordedContext('cgroup-v2', 2);
  const collected = await cgroup.collect(await connectProcess({ pid: 4242 }, context.environment), context);
  assert.equal(valueIn(collected, 'process.cgroup.cpu.throttled.ratio'), 0.5);
  assert.equal(collected.facts?.[0]?.key, '/web.slice/vending.service');
});

test('a service that is gone is a gap', async () => {
  const connection = { current: async () => 'nothing listens on port 80' };
  assert.match(
    gapIn(await cgroup.collect(connection, recordedContext('cgroup-v2', 2)), 'process.cgroup'),
    /nothing listens/,
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, recordedContext, valueIn } from '../../_proc/testing.ts';
import { cgroup } from './cgroup.ts';

const connection = { hanging: new Set<string>() };

test('our own cgroup, under the name of the host', async () => {
  const collected = await cgroup.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.ok(valueIn(collected, 'host.cgroup.cpu.throttled.ratio') > 0.5);
  assert.equal(collected.facts?.[0]?.kind, 'host.cgroup');
});

test('no cgroups are a gap', async () => {
  assert.match(gapIn(await cgroup.collect(connection, emptyContext()), 'host.cgroup'), /does not exist/);
});

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { connectProcess } from '../connection.ts';
import { instances, parseFileLimits } from './instances.ts';

test('limits of open files, unlimited ones too', () => {
  assert.deepEqual(
    parseFileLimits('Max processes 1 2 p\nMax open files            1024                 524288               files\n'),
    {
      soft: 1024,
      hard: 524288,
    },
  );
  assert.deepEqual(parseFileLimits('Max open files            unlimited            unlimited            files\n'), {
    soft: null,
    hard: null,
  });
  assert.equal(parseFileLimits('Max processes 1 2 p\n'), undefined);
});

test('a recorded service: the fact has all of it, secrets hidden', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const collected = await instances.collect(await connectProcess({ pid: 4242 }, context.environment), context);
  assert.equal(valueIn(collected, 'process.fd.utilization'), 7 / 8);
  assert.equal(valueIn(collected, 'process.fd.count'), 7);
  assert.deepEqual(collected.facts, [
    {
      kind: 'process.instance',
      key: '4242',
      value: {
        pid: 4242,
        parent: 1,
        root: true,
        name: 'vending (main)',
        commandLine: '/usr/bin/node /srv/vending/server.ts --port=8080 --db-password ***',
        cgroup: '/web.slice/vending.service',
        systemdUnit: 'vending.service',
        children: [],
        threads: 2,
        openFiles: 7,
        openFilesSoftLimit: 8,
        openFilesHardLimit: 524288,
      },
    },
  ]);
});

test('descriptors are summed, and the worst share is kept', async () => {
  const context = recordedContext('linux-6.18-hybrid', 1.84);
  const collected = await instances.collect(
    await connectProcess({ match: 'nginx: master' }, context.environment),
    context,
  );
  const counts = collected.facts!.map((fact) => (fact.value as { openFiles: number }).openFiles);
  assert.equal(counts.length, 3);
  assert.equal(
    valueIn(collected, 'process.fd.count'),
    counts.reduce((sum, count) => sum + count, 0),
  );
  assert.equal(valueIn(collected, 'process.fd.utilization'), Math.max(...counts) / 20000);
});

test('this process', async () => {
  const context = liveContext();
  const collected = await instances.collect(await connectProcess({ pid: process.pid }, context.environment), context);
  const open = readdirSync('/proc/self/fd').length;
  assert.ok(Math.abs(valueIn(collected, 'process.fd.count') - open) < 10);
});

test('a service that ended is a gap', async () => {
  const connection = { current: async () => 'nothing listens on port 80' };
  assert.match(gapIn(await instances.collect(connection, liveContext()), 'process.instance'), /nothing listens/);
});

import assert from 'node:assert/strict';
import { cpus, release, totalmem } from 'node:os';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext } from '../../_proc/testing.ts';
import { system } from './system.ts';

const connection = { hanging: new Set<string>() };

test('a recorded machine', async () => {
  const { facts, gaps } = await system.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.deepEqual(facts, [
    {
      kind: 'host.system',
      key: 'host',
      value: {
        cpus: 2,
        memoryBytes: 24684100 * 1024,
        kernel: '6.18.44',
        bootId: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
      },
    },
  ]);
  assert.deepEqual(gaps, []);
});

test('the real machine agrees with Node', async () => {
  const { facts } = await system.collect(connection, liveContext());
  const value = facts?.[0]?.value as Record<string, unknown>;
  assert.deepEqual([value.cpus, value.memoryBytes, value.kernel], [cpus().length, totalmem(), release()]);
});

test('what cannot be read is null and a gap', async () => {
  const collected = await system.collect(connection, emptyContext());
  assert.deepEqual(collected.facts?.[0]?.value, { cpus: null, memoryBytes: null, kernel: null, bootId: null });
  assert.match(gapIn(collected, 'host.system kernel'), /does not exist/);
});

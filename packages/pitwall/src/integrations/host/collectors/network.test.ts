import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { network, parseInterfaces } from './network.ts';

const connection = { hanging: new Set<string>() };

test('columns of both directions, names with a colon', () => {
  const text =
    'Inter-|   Receive\n face |bytes\n  eth0: 100 2 3 4 0 0 0 0 200 5 6 7 0 0 0 0\neth0:1: 1 2 3 4 0 0 0 0 2 5 6 7 0 0 0 0\n';
  assert.deepEqual(
    [...parseInterfaces(text)],
    [
      ['eth0', { received: 100, sent: 200, drops: 11, errors: 9 }],
      ['eth0:1', { received: 1, sent: 2, drops: 11, errors: 9 }],
    ],
  );
});

test('a recorded machine: the card, not the loopback', async () => {
  const collected = await network.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.deepEqual([...new Set(collected.samples?.map((sample) => sample.labels.interface))], ['eth0']);
  assert.equal(valueIn(collected, 'host.network.drops', { interface: 'eth0' }), 0);
});

test('nothing to read is a gap; the real machine answers', async () => {
  assert.match(gapIn(await network.collect(connection, emptyContext()), 'host.network'), /does not exist/);
  const live = await network.collect(connection, liveContext());
  assert.ok((live.samples?.length ?? 0) + (live.gaps?.length ?? 0) > 0);
});

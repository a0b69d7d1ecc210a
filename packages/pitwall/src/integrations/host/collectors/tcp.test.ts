import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { parseProtocolCounters, tcp } from './tcp.ts';

const connection = { hanging: new Set<string>() };

test('names and values are paired by column', () => {
  const counters = parseProtocolCounters('Tcp: A B\nTcp: 1 -1\nUdp: A\nUdp: 5\ncut');
  assert.deepEqual(
    [...counters],
    [
      ['Tcp.A', 1],
      ['Tcp.B', -1],
      ['Udp.A', 5],
    ],
  );
});

test('a recorded machine under requests: segments went out, none again', async () => {
  const collected = await tcp.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  const ratio = valueIn(collected, 'host.tcp.retransmit.ratio');
  assert.ok(ratio >= 0 && ratio < 0.01, String(ratio));
  assert.equal(valueIn(collected, 'host.tcp.listen.overflows'), 0);
  assert.equal(valueIn(collected, 'host.tcp.listen.drops'), 0);
});

test('nothing to read is three gaps; a silent machine has no ratio', async () => {
  const collected = await tcp.collect(connection, emptyContext());
  assert.match(gapIn(collected, 'host.tcp.retransmit.ratio'), /does not exist/);
  assert.match(gapIn(collected, 'host.tcp.listen.overflows'), /does not exist/);
  assert.deepEqual(collected.samples, []);
  const live = await tcp.collect(connection, liveContext());
  assert.ok(valueIn(live, 'host.tcp.listen.drops') >= 0);
});

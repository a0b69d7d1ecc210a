import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, valueIn } from '../../_proc/testing.ts';
import { load, parseLoadAverages } from './load.ts';

const connection = { hanging: new Set<string>() };

test('three averages, or none', () => {
  assert.deepEqual(parseLoadAverages('0.07 1.05 10.06 2/99 8294\n'), [0.07, 1.05, 10.06]);
  assert.equal(parseLoadAverages('0.07 1.05'), null);
  assert.equal(parseLoadAverages('a b c'), null);
});

test('the real machine, and one that shows nothing', async () => {
  const collected = await load.collect(connection, liveContext());
  assert.ok(valueIn(collected, 'host.load.average', { period: '15m' }) >= 0);
  assert.match(gapIn(await load.collect(connection, emptyContext()), 'host.load.average'), /does not exist/);
});

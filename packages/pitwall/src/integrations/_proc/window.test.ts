import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectContext } from '../../model/integration.ts';
import { growth, overWindow } from './window.ts';

function context(jump: number): CollectContext {
  let clock = 1000;
  const environment = {
    proc: '/proc',
    sys: '/sys',
    now: () => clock,
    sleep: async () => {
      clock += jump;
    },
  };
  return { environment, signal: AbortSignal.timeout(1000), window: 2 };
}

test('reads twice and takes the time from the clock', async () => {
  let reading = 0;
  const window = await overWindow(context(2.5), async () => ++reading);
  assert.deepEqual(window, { before: 1, after: 2, elapsed: 2.5, at: 1002.5 });
});

test('a wall clock that was stepped is not believed', async () => {
  for (const jump of [-3600, 3600]) {
    assert.equal((await overWindow(context(jump), async () => 0)).elapsed, 2);
  }
});

test('a counter that went backwards has an unknown growth', () => {
  assert.equal(growth(5, 8), 3);
  assert.equal(growth(8, 5), null);
  assert.equal(growth(undefined, 5), null);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleStack } from './idle-stack.ts';
import { FakeLane } from './testing.ts';

test('the channel that became free last is used first; those taken out are skipped', () => {
  const [a, b, c] = new FakeLane(3).channels;
  const stack = new IdleStack(3);
  assert.equal(stack.pop(), null);
  for (const [index, channel] of [a!, b!, c!].entries()) stack.push(channel, index * 10);
  assert.equal(stack.remove(b!), true);
  assert.equal(stack.remove(b!), false);
  assert.equal(stack.pop(), c);
  assert.equal(stack.freeSince(c!), 20);
  stack.push(b!, 30);
  // Not free any more: it must not take the place of another.
  assert.equal(stack.remove(c!), false);
  assert.deepEqual([stack.pop(), stack.pop(), stack.pop()], [b, a, null]);
});

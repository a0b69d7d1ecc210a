import assert from 'node:assert/strict';
import test from 'node:test';
import { Deadline } from './deadline.ts';

test('what is held back is there when the rest is used up, and once', () => {
  let now = 100;
  const deadline = new Deadline(5, () => now);
  deadline.extend(6, 7, 2);
  now += 4;
  assert.equal(deadline.left, 2);
  now += 3;
  assert.equal(deadline.isOver, true);
  deadline.release();
  assert.equal(deadline.left, 7);
  assert.equal(deadline.isShort, false);
  now += 6;
  assert.equal(deadline.isShort, true);
  now += 1;
  assert.equal(deadline.isOver, true);
  deadline.release();
  assert.equal(deadline.left, 2);
  now += 8;
  deadline.release();
  assert.equal(deadline.isOver, true);
});

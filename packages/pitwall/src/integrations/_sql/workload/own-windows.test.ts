import assert from 'node:assert/strict';
import test from 'node:test';
import { inOrder, isWithin, overlapOf } from './own-windows.ts';

test('times are put in order and joined, and found by any moment of them', () => {
  const windows = inOrder([
    { from: 30, to: 40 },
    { from: 1, to: 5 },
    { from: 4, to: 6 },
    { from: 35, to: 36 },
  ]);
  assert.deepEqual(windows, [
    { from: 1, to: 6 },
    { from: 30, to: 40 },
  ]);
  assert.deepEqual(
    [0, 1, 6, 7, 29, 30, 40, 41].map((at) => isWithin(windows, at)),
    [false, true, true, false, false, true, true, false],
  );
  assert.deepEqual([overlapOf(windows, 0, 100), overlapOf(windows, 5, 32), overlapOf(windows, 7, 29)], [15, 3, 0]);
  assert.deepEqual([isWithin([], 1), overlapOf([], 0, 1)], [false, 0]);
});

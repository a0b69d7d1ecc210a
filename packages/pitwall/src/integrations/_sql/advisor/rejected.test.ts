import assert from 'node:assert/strict';
import test from 'node:test';
import { rejectedBeside } from './rejected.ts';
import { index } from './testing.ts';

test('what is proposed is not rejected, and each index is told once, by the first that says why', () => {
  const [a, ab, b] = [index('t', ['a']), index('t', ['a', 'b']), index('t', ['b'])];
  const measured = [{ spec: b, because: 'measured' }];
  const planned = [a, index('t', ['a', 'b']), b].map((spec) => ({ spec, because: 'planned' }));
  assert.deepEqual(rejectedBeside([ab], measured, planned), [
    { spec: b, because: 'measured' },
    { spec: a, because: 'planned' },
  ]);
  assert.deepEqual(rejectedBeside([], [], []), []);
});

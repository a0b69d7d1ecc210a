import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, grouped } from './words.ts';

test('numbers in sentences are grouped, and have no exponent', () => {
  assert.deepEqual([14_400, 10_000, 0.25, 1e6, 7].map(grouped), ['14,400', '10,000', '0.25', '1,000,000', '7']);
  assert.deepEqual([14_449, 0.012_34, Number.NaN].map(figure), ['14,400', '0.0123', '?']);
});

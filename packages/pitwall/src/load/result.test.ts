import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeCounts } from './result.ts';

test('counts are added by kind, whatever the kinds are called', () => {
  assert.deepEqual(mergeCounts([{ timeout: 2, reset: 1 }, {}, { timeout: 3 }]), { timeout: 5, reset: 1 });
  const odd = '{"constructor":3,"__proto__":2,"toString":1}';
  const merged = mergeCounts([JSON.parse(odd), JSON.parse(odd)]);
  assert.equal(JSON.stringify(merged), '{"constructor":6,"__proto__":4,"toString":2}');
  assert.equal(Object.getPrototypeOf(merged), Object.prototype);
});

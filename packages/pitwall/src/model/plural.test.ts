import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, either } from './plural.ts';

test('one is one, all else is many: none, too', () => {
  assert.equal(counted(1, 'statement'), '1 statement');
  assert.equal(counted(0, 'statement'), '0 statements');
  assert.equal(counted(12345.4, 'entry', 'entries'), '12,345 entries');
  // As it is written, so it is called.
  assert.equal(counted(0.7, 'row'), '1 row');
  assert.equal(either(2, 'waits', 'wait'), 'wait');
});

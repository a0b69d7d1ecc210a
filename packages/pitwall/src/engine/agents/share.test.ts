import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockText } from './share.ts';

test('how the clocks differ, without a direction where they do not', () => {
  const clock = (offset: number) => clockText({ offset, uncertainty: 0.3 }, 1000);
  assert.equal(clock(1002.5), 'The clock of the store is 2.50 ms ahead of ours, ± 0.30 ms.');
  assert.equal(clock(999), 'The clock of the store is 1.00 ms behind ours, ± 0.30 ms.');
  for (const same of [1000, 1000.004, 999.996]) {
    assert.equal(clock(same), 'The clocks of the store and of this host agree, ± 0.30 ms.');
  }
});

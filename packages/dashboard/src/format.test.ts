import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatRatio, formatValue } from './format.ts';

it('shows values in their units, and that nothing is not zero', () => {
  assert.equal(formatValue(0.0123, 's'), '12.3 ms');
  assert.equal(formatValue(0, 's'), '0 µs');
  assert.equal(formatValue(5_443_200, 's'), '63 days');
  assert.equal(formatValue(2048, 'By'), '2 KiB');
  assert.equal(formatValue(0.62, '1'), '62 %');
  assert.equal(formatValue(812.4, '1/s'), '812/s');
  assert.equal(formatValue(null, 's'), '—');
});

it('shows ratios with their interval', () => {
  assert.equal(formatRatio(0.44, [0.4, 0.4712]), '0.44× (0.4 to 0.471)');
  assert.equal(formatRatio(null, null), '—');
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatCost,
  formatDuration,
  formatEffect,
  formatInstant,
  formatInterval,
  formatJson,
  formatNumber,
  formatPercent,
  formatValue,
} from './format.ts';

const table = <T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]): void => {
  for (const [value, text] of cases) assert.equal(format(value), text);
};

describe('formatting', () => {
  it('says of a planner’s cost that it is less, never that it is faster', () => {
    table(formatCost, [
      [0.002, '500× less cost'],
      [0.9, '10 % less cost'],
      [1, 'no change'],
      [1.5, '50 % more cost'],
    ]);
  });

  it('gives numbers three significant digits', () => {
    table(formatNumber, [
      [0, '0'],
      [1, '1'],
      [1.005, '1'],
      [1.2345, '1.23'],
      [12.34, '12.3'],
      [99.94, '99.9'],
      [99.96, '100'],
      [123.4, '123'],
      [240_000, '240,000'],
      [1_234_567.8, '1,234,568'],
      [2e18, '2.00e+18'],
      [0.5, '0.5'],
      [0.0123, '0.0123'],
      [0.000456, '0.000456'],
      [-3.456, '−3.46'],
      [Number.NaN, '—'],
      [Number.POSITIVE_INFINITY, '—'],
    ]);
  });

  it('says durations in the unit that people use', () => {
    table(formatDuration, [
      [0, '0 s'],
      [2e-9, '2 ns'],
      [840e-6, '840 µs'],
      [999.6e-6, '1 ms'],
      [0.0123, '12.3 ms'],
      [0.9996, '1 s'],
      [1.2, '1.2 s'],
      [2, '2 s'],
      [119.4, '119 s'],
      [200, '3 min 20 s'],
      [300, '5 min'],
      [7_199, '2 h'],
      [9_000, '2 h 30 min'],
      [172_799, '48 h'],
      [5_443_200, '63 days'],
      [-259_200, '−3 days'],
      [Number.NaN, '—'],
    ]);
  });

  it('says bytes and ratios', () => {
    table(formatBytes, [
      [512, '512 B'],
      [1023.9, '1 KiB'],
      [12_595, '12.3 KiB'],
      [64 * 1024 ** 2, '64 MiB'],
      [8_243_871_744, '7.68 GiB'],
    ]);
    table(formatPercent, [
      [0.62, '62 %'],
      [0.0031, '0.31 %'],
      [1, '100 %'],
    ]);
  });

  it('knows every unit, and that nothing is not zero', () => {
    assert.equal(formatValue(0.2, 's'), '200 ms');
    assert.equal(formatValue(2048, 'By'), '2 KiB');
    assert.equal(formatValue(2048, 'By/s'), '2 KiB/s');
    assert.equal(formatValue(0.5, '1'), '50 %');
    assert.equal(formatValue(812.4, '1/s'), '812/s');
    assert.equal(formatValue(3, '{count}'), '3');
    assert.equal(formatValue(null, 's'), '—');
    assert.equal(formatValue(0, 's'), '0 s');
  });

  it('shows evidence of any kind in one clean line', () => {
    assert.equal(formatJson(0.0841, 's'), '84.1 ms');
    assert.equal(formatJson(12, 'rows'), '12 rows');
    assert.equal(formatJson(true), 'yes');
    assert.equal(formatJson(null), '—');
    assert.equal(formatJson('SCAN a\n\u001b[31mb'), 'SCAN a [31mb');
    assert.equal(formatJson({ columns: ['a'] }), '{"columns":["a"]}');
  });

  it('says what a ratio means', () => {
    assert.equal(formatEffect(0.4348, 's'), '2.3× faster');
    assert.equal(formatEffect(1.18, 's'), '18 % slower');
    assert.equal(formatEffect(0.88, 's'), '12 % faster');
    assert.equal(formatEffect(0.985, 's'), '1.5 % faster');
    assert.equal(formatEffect(2.5, '1/s'), '2.5× higher');
    assert.equal(formatEffect(0.5, 'By'), '2× smaller');
    assert.equal(formatEffect(1, 's'), 'no change');
    assert.equal(formatEffect(0, 's'), '100 % faster');
    assert.equal(formatEffect(null, 's'), '—');
  });

  it('says intervals with the smaller effect first, and names both sides when they straddle 1', () => {
    assert.equal(formatInterval([0.4, 0.5], 's'), '2× to 2.5× faster');
    assert.equal(formatInterval([1.1, 1.3], 's'), '10 % to 30 % slower');
    assert.equal(formatInterval([0.9, 1.05], 's'), '10 % faster to 5 % slower');
    assert.equal(formatInterval([0.5, 0.5], 's'), '2× faster');
    assert.equal(formatInterval(null, 's'), '—');
  });

  it('shows instants in UTC, and what is none as it came', () => {
    assert.equal(formatInstant('2026-11-20T10:12:04.120+01:00'), '2026-11-20 09:12:04 UTC');
    assert.equal(formatInstant('yesterday\u0007'), 'yesterday');
  });
});

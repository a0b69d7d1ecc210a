import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeUnit, parseDuration, parseQuantity, parseRatio, parseSize } from './units.ts';

function table(parse: (text: string) => number | null, rows: Readonly<Record<string, number | null>>): void {
  for (const [text, expected] of Object.entries(rows)) assert.equal(parse(text), expected, JSON.stringify(text));
}

describe('parseDuration', () => {
  it('reads every unit as seconds, without rounding noise', () => {
    table(parseDuration, {
      '250ns': 2.5e-7,
      '100us': 1e-4,
      '100µs': 1e-4,
      '100μs': 1e-4,
      '200ms': 0.2,
      '2s': 2,
      '1.5s': 1.5,
      '.5s': 0.5,
      '3m': 180,
      '2h': 7200,
      '1d': 86_400,
      '0': 0,
      ' 500 ms ': 0.5,
    });
  });

  it('reads combined units from large to small', () => {
    table(parseDuration, { '1m30s': 90, '1h 2m 3s': 3723, '1s500ms': 1.5, '30s1m': null, '1s1s': null });
  });

  it('refuses what is not a duration, and a number without a unit', () => {
    for (const text of [
      '',
      ' ',
      '500',
      '1.5',
      '-1s',
      '+1s',
      '1e3s',
      '2 seconds',
      's',
      '1s!',
      '1S',
      'ms5',
      '1..5s',
      'NaN',
    ]) {
      assert.equal(parseDuration(text), null, JSON.stringify(text));
    }
    assert.equal(parseDuration(`${'9'.repeat(400)}s`), null);
    assert.equal(parseDuration('1s'.repeat(100_000)), null);
  });

  it('gives the same answer twice (the expression keeps a position)', () => {
    assert.equal(parseDuration('1m30x'), null);
    assert.equal(parseDuration('1m30s'), 90);
    assert.equal(parseDuration('1m30s'), 90);
  });
});

describe('parseSize', () => {
  it('tells decimal from binary units', () => {
    table(parseSize, {
      '512B': 512,
      '1kB': 1000,
      '1KB': 1000,
      '1KiB': 1024,
      '64MiB': 67_108_864,
      '64mib': 67_108_864,
      '5MB': 5e6,
      '1.5GiB': 1_610_612_736,
      '2GB': 2e9,
      '1TiB': 1024 ** 4,
      '1 TB': 1e12,
      '0': 0,
    });
  });

  it('refuses the rest', () => {
    table(parseSize, {
      '': null,
      '64': null,
      '64M': null,
      '64Mi': null,
      '1iB': null,
      '-1B': null,
      '1PB': null,
      '9999999TiB': null,
    });
  });
});

describe('parseRatio', () => {
  it('reads percent and plain', () => {
    table(parseRatio, {
      '80%': 0.8,
      '5 %': 0.05,
      '0.8': 0.8,
      '1': 1,
      '150%': 1.5,
      '-5%': null,
      '%': null,
      '5%%': null,
      x: null,
    });
  });
});

describe('parseQuantity', () => {
  it('reads by the unit of the indicator', () => {
    assert.equal(parseQuantity('200ms', 's'), 0.2);
    assert.equal(parseQuantity('64MiB', 'By'), 67_108_864);
    assert.equal(parseQuantity('80%', '1'), 0.8);
    assert.equal(parseQuantity('12', '{count}'), 12);
    assert.equal(parseQuantity('-1', '{count}'), -1);
    assert.equal(parseQuantity('150/s', '1/s'), 150);
    assert.equal(parseQuantity('150', '1/s'), 150);
    assert.equal(parseQuantity('10MB/s', 'By/s'), 1e7);
  });

  it('refuses a unit that is not the one of the indicator', () => {
    assert.equal(parseQuantity('64MiB', 's'), null);
    assert.equal(parseQuantity('200ms', 'By'), null);
    assert.equal(parseQuantity('5%', '{count}'), null);
    assert.equal(parseQuantity('5s', '1'), null);
  });

  it('says what may be written with examples that parse', () => {
    for (const unit of ['s', 'By', '1', '{count}', '1/s', 'By/s'] as const) {
      const examples = describeUnit(unit).match(/[\d.]+[\w%/]*/g) ?? [];
      for (const example of examples) assert.notEqual(parseQuantity(example, unit), null, `${unit}: ${example}`);
    }
  });
});

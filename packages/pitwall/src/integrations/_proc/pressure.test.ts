import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePressure, pressureSamples } from './pressure.ts';
import { gapIn, valueIn } from './testing.ts';

const file = (some: number, full?: number) => ({
  text: `some avg10=1.00 avg60=0.00 avg300=0.00 total=${some}\n${full === undefined ? '' : `full avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`}`,
});
const missing = { text: null, why: 'switched off' } as const;

test('totals are microseconds; `full` is optional', () => {
  assert.deepEqual(parsePressure(file(2_500_000, 1_000_000).text), { some: 2.5, full: 1 });
  assert.deepEqual(parsePressure(file(2_500_000).text), { some: 2.5, full: null });
  assert.equal(parsePressure('nonsense'), null);
});

test('pressure is the growth over our window; what is missing is a gap, not zero', () => {
  const collected = pressureSamples('host', {
    before: { cpu: file(0), memory: file(0, 0), io: missing },
    after: { cpu: file(500_000), memory: file(400_000, 200_000), io: missing },
    elapsed: 2,
    at: 10,
  });
  assert.equal(valueIn(collected, 'host.cpu.pressure'), 0.25);
  assert.equal(valueIn(collected, 'host.memory.pressure'), 0.2);
  assert.equal(valueIn(collected, 'host.memory.pressure.full'), 0.1);
  assert.equal(gapIn(collected, 'host.io.pressure'), 'not measurable here: switched off');
  assert.equal(collected.samples.length, 3);
});

test('totals that go backwards are a gap; more than the window is cut to it', () => {
  const collected = pressureSamples('x', {
    before: { cpu: file(900), memory: file(0, 0), io: file(0, 0) },
    after: { cpu: file(100), memory: file(1_010_000, 0), io: { text: 'damaged' } },
    elapsed: 1,
    at: 10,
  });
  assert.match(gapIn(collected, 'x.cpu.pressure'), /no usable totals/);
  assert.match(gapIn(collected, 'x.io.pressure'), /no usable totals/);
  assert.equal(valueIn(collected, 'x.memory.pressure'), 1);
});

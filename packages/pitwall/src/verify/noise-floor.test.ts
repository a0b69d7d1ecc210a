import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shift } from '../stats/hodges-lehmann.ts';
import { sortedQuantile } from '../stats/quantile.ts';
import { seededRandom } from '../stats/random.ts';
import { noiseFloor } from './noise-floor.ts';
import { normal } from './testing.ts';

test('from a few blocks, about the distance that fresh arms of the same state really have', () => {
  const random = seededRandom(8);
  const draw = () => Array.from({ length: 6 }, () => normal(random));
  const real = Float64Array.from({ length: 2000 }, () => Math.abs(shift(draw(), draw()))).sort();
  const truth = sortedQuantile(real, 0.95);
  const floors = Array.from({ length: 200 }, () => noiseFloor(draw(), { before: 6, after: 6 }, 'repeated', random));
  const typical = floors.reduce((sum, floor) => sum + floor, 0) / floors.length;
  assert.ok(Math.abs(typical / truth - 1) < 0.15, `${typical} against ${truth}`);
});

test('interleaved: a slow drift through all blocks is no noise', () => {
  const random = seededRandom(8);
  const drifting = Array.from({ length: 10 }, (_, i) => i + 0.05 * normal(random));
  const arms = { before: 10, after: 10 };
  const repeated = noiseFloor(drifting, arms, 'repeated', random);
  const interleaved = noiseFloor(drifting, arms, 'interleaved', random);
  assert.ok(interleaved < repeated / 2, `${interleaved} against ${repeated}`);
});

test('one wild block of eight does not raise it as it would raise a standard deviation', () => {
  const calm = [0, 0.01, -0.01, 0.02, -0.02, 0.01, 0, -0.01];
  const arms = { before: 8, after: 8 };
  const wild = noiseFloor([...calm.slice(0, 7), 3], arms, 'repeated', seededRandom(2));
  assert.ok(wild < 0.5, `${wild}`);
  assert.ok(Number.isNaN(noiseFloor([1, 2], arms, 'repeated', seededRandom(2))));
});

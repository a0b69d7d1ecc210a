import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centre } from './hodges-lehmann.ts';
import { batchCentres, drawnIn, longRun } from './long-run.ts';
import { variance } from './quantile.ts';
import { type Random, seededRandom } from './random.ts';

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Each value resembles the one before by `correlation`. */
function wandering(count: number, correlation: number, random: Random): number[] {
  let level = normal(random);
  return Array.from({ length: count }, (_, i) => {
    if (i > 0) level = correlation * level + Math.sqrt(1 - correlation ** 2) * normal(random);
    return level;
  });
}

function average(trials: number, of: () => number): number {
  let sum = 0;
  for (let i = 0; i < trials; i++) sum += of();
  return sum / trials;
}

test('independent values: the plain variance is right, and the allowance stays within three and a half times of it', () => {
  const random = seededRandom(1);
  const draw = () => Array.from({ length: 20 }, () => normal(random));
  const truth = variance(Array.from({ length: 1000 }, () => centre(draw())));
  const found = average(300, () => longRun([draw()]).independent);
  assert.ok(Math.abs(found / truth - 1) < 0.15, `${found} against ${truth}`);
  const allowed = average(300, () => longRun([draw()]).dependent);
  assert.ok(allowed > truth && allowed < 3.5 * truth, `${allowed / truth}`);
});

test('values that resemble their neighbours: the plain variance is far too small, the other is not', () => {
  const random = seededRandom(2);
  for (const correlation of [0.5, 0.8]) {
    const truth = variance(Array.from({ length: 1000 }, () => centre(wandering(20, correlation, random))));
    const plain = average(300, () => longRun([wandering(20, correlation, random)]).independent);
    const allowing = average(300, () => longRun([wandering(20, correlation, random)]).dependent);
    assert.ok(plain < 0.5 * truth, `${correlation}: plain ${plain / truth}`);
    assert.ok(allowing > 0.9 * truth, `${correlation}: allowing ${allowing / truth}`);
  }
});

test('series add up; df are those of five batches; constants and short series do not break it', () => {
  const random = seededRandom(3);
  const [a, b] = [wandering(20, 0.5, random), wandering(20, 0.5, random)];
  const both = longRun([a, b]);
  assert.ok(Math.abs(both.independent - longRun([a]).independent - longRun([b]).independent) < 1e-12);
  assert.equal(both.df, 8);
  assert.deepEqual(longRun([[4, 4, 4, 4, 4, 4]]), { independent: 0, dependent: 0, df: 2 });
  assert.equal(longRun([[1, 2, 4]]).df, 1);
  assert.ok(longRun([[1, 2, 4]]).dependent > 0);
});

test('batches cover the series; what lies far out is drawn in, unless most values are equal', () => {
  assert.deepEqual(batchCentres([1, 1, 2, 2, 3, 3], 3), [1, 2, 3]);
  assert.equal(
    batchCentres(
      Array.from({ length: 23 }, (_, i) => i),
      5,
    ).length,
    5,
  );
  const values = [1, 2, 3, 4, 5, 1000];
  const calm = drawnIn(values);
  assert.deepEqual(calm.slice(0, 5), values.slice(0, 5));
  assert.ok(calm[5]! > 5 && calm[5]! < 20, String(calm[5]));
  assert.deepEqual(drawnIn([1, 1, 1, 1, 9]), [1, 1, 1, 1, 9]);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { eDivisive } from './e-divisive.ts';
import { type Random, seededRandom } from './random.ts';

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Share of `trials` series in which it holds. */
function rate(trials: number, holds: (random: Random, trial: number) => boolean): number {
  const random = seededRandom(11);
  let hits = 0;
  for (let trial = 0; trial < trials; trial++) if (holds(random, trial)) hits++;
  return hits / trials;
}

const series = (count: number, of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));
const fast = { permutations: 99 } as const;

test('the statistic is the scaled energy distance, worked out by hand', () => {
  // {0, 0, 0} against {3, 3, 3}: 2 · E|X − Y| = 6, nothing within; 3 · 3 / 6 · 6 = 9. Of all 20 orders two are as extreme.
  const [change] = eDivisive([0, 0, 0, 3, 3, 3], { level: 0.5, permutations: 999 });
  assert.equal(change?.index, 3);
  assert.ok(Math.abs(change.statistic - 9) < 1e-9, String(change.statistic));
  assert.ok(Math.abs(change.pValue - 0.1) < 0.03, String(change.pValue));
  // {0, 2, 1} against {4, 6, 5}: 2 · 4 − 4/3 − 4/3 = 16/3, times 9/6.
  const [spread] = eDivisive([0, 2, 1, 4, 6, 5], { level: 0.5 });
  assert.ok(Math.abs(spread!.statistic - 8) < 1e-9, String(spread!.statistic));
});

test('a step is found where it is, at several noise levels, and only once', () => {
  for (const [size, near, atLeast] of [
    [6, 0, 0.95],
    [3, 1, 0.9],
    [2, 2, 0.8],
  ] as const) {
    const found = rate(60, (random, trial) => {
      const changes = eDivisive(
        series(40, (i) => normal(random) + (i >= 25 ? size : 0)),
        { ...fast, seed: trial },
      );
      return changes.some(({ index }) => Math.abs(index - 25) <= near);
    });
    assert.ok(found >= atLeast, `${size} σ: ${found}`);
  }
  const often = rate(60, (random, trial) => {
    const values = series(40, (i) => normal(random) + (i >= 25 ? 6 : 0));
    return eDivisive(values, { ...fast, seed: trial }).length > 1;
  });
  assert.ok(often <= 0.1, `a second change in ${often}`);
});

test('without a change there is none in 95 of 100 series, whatever the noise looks like', () => {
  const noises: Record<string, (random: Random) => number> = {
    normal,
    'heavy tails': (random) => normal(random) / Math.sqrt((normal(random) ** 2 + normal(random) ** 2) / 2),
    skewed: (random) => Math.exp(normal(random)),
    'few values': (random) => Math.floor(3 * random()),
  };
  for (const [name, noise] of Object.entries(noises)) {
    const alarms = rate(
      200,
      (random, trial) =>
        eDivisive(
          series(24, () => noise(random)),
          { ...fast, seed: trial },
        ).length > 0,
    );
    // 5 % of 200 are 10; 17 are reached once in 40 by chance.
    assert.ok(alarms <= 0.085, `${name}: ${alarms}`);
  }
});

test('one outlier is no change, and does not hide one', () => {
  const alarms = rate(100, (random, trial) => {
    const values = series(30, (i) => normal(random) + (i === 12 ? 30 : 0));
    return eDivisive(values, { ...fast, seed: trial }).length > 0;
  });
  assert.ok(alarms <= 0.1, `alarms ${alarms}`);
  const found = rate(60, (random, trial) => {
    const values = series(30, (i) => normal(random) + (i === 4 ? 20 : 0) + (i >= 18 ? 4 : 0));
    return eDivisive(values, { ...fast, seed: trial }).some(({ index }) => Math.abs(index - 18) <= 1);
  });
  assert.ok(found >= 0.85, `found ${found}`);
});

test('a drift comes out as steps; a bump as its two ends; a wider spread is a change too', () => {
  const drift = rate(
    30,
    (random, trial) =>
      eDivisive(
        series(40, (i) => normal(random) + i / 8),
        { ...fast, seed: trial },
      ).length > 0,
  );
  assert.ok(drift >= 0.95, `drift ${drift}`);
  const bump = rate(30, (random, trial) => {
    const values = series(40, (i) => normal(random) + (i >= 15 && i < 25 ? 5 : 0));
    const at = eDivisive(values, { ...fast, seed: trial }).map(({ index }) => index);
    return [15, 25].every((end) => at.some((index) => Math.abs(index - end) <= 1));
  });
  assert.ok(bump >= 0.85, `bump ${bump}`);
  const wider = rate(30, (random, trial) => {
    const values = series(60, (i) => normal(random) * (i >= 30 ? 12 : 1));
    return eDivisive(values, { ...fast, seed: trial }).length > 0;
  });
  assert.ok(wider >= 0.8, `wider ${wider}`);
});

test('the same seed repeats; segments keep their least length; too few values have no change', () => {
  const random = seededRandom(5);
  const values = series(50, (i) => normal(random) + (i >= 30 ? 2 : 0));
  assert.deepEqual(eDivisive(values, { seed: 3 }), eDivisive(values, { seed: 3 }));
  const steps = series(60, (i) => 10 * Math.floor(i / 12) + normal(random));
  const at = eDivisive(steps, { ...fast, minimumSegment: 10 }).map(({ index }) => index);
  assert.deepEqual(at, [12, 24, 36, 48]);
  for (const [i, index] of [...at, 60].entries()) assert.ok(index - (at[i - 1] ?? 0) >= 10);
  assert.deepEqual(eDivisive([1, 1, 1, 9, 9]), []);
  assert.deepEqual(eDivisive([]), []);
  assert.deepEqual(eDivisive(series(30, () => 4)), [], 'a constant has no change');
});

test('a real series: a change point in each of the two windows that people labelled, and no other', () => {
  const file = new URL('./fixtures/nab-ec2-cpu-5f5533.json', import.meta.url);
  const { values, windows } = JSON.parse(readFileSync(file, 'utf8'));
  const found = eDivisive(values.map(Math.log)).map(({ index }) => index);
  assert.equal(found.length, 2, String(found));
  for (const [i, [from, to]] of windows.entries()) assert.ok(found[i]! >= from && found[i]! <= to, `${found[i]}`);
});

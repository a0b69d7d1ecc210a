import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Random, seededRandom } from './random.ts';
import { fitUsl, peakOf, throughputAt, type UslModel, type UslPoint } from './usl.ts';
import { FEWEST_FOR_BANDS, uslBands } from './usl-bands.ts';

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Where a search looks: doubling, then around the limit, and that three times. */
const GRID = [0.25, 0.5, 1.1, 2.6, 9, 14, 14, 14, 30, 30, 40];
const FALLING: UslModel = { lambda: 90, sigma: 0.03, kappa: 0.002 };
const FLAT: UslModel = { lambda: 1000, sigma: 0.05, kappa: 0 };

/** Throughput with relative noise, and concurrency as well: an open load sets the one and measures the other. */
function measured(model: UslModel, noise: number, random: Random, grid: readonly number[] = GRID): UslPoint[] {
  return grid.map((concurrency) => ({
    concurrency: concurrency * Math.exp((noise / 2) * normal(random)),
    throughput: throughputAt(model, concurrency) * Math.exp(noise * normal(random)),
  }));
}

it('95 % bands hold the truth about as often as they say, at every level of noise', () => {
  for (const model of [FALLING, FLAT]) {
    for (const noise of [0.01, 0.1]) {
      let [held, asked, peaks] = [0, 0, 0];
      const runs = 30;
      for (let seed = 1; seed <= runs; seed++) {
        const random = seededRandom(seed);
        const fit = fitUsl(measured(model, noise, random))!;
        const bands = uslBands(fit, { at: [0.5, 2, 8, 20, 40, 60], confidence: 0.95, resamples: 150, random })!;
        for (const { concurrency, low, high, throughput } of bands.curve) {
          const truth = throughputAt(model, concurrency);
          asked++;
          if (low <= truth && truth <= high) held++;
          assert.ok(low <= throughput && throughput <= high);
        }
        const peak = peakOf(model)?.concurrency ?? Number.POSITIVE_INFINITY;
        const [from, to] = bands.peakConcurrency;
        if (from <= peak && (to === null || peak <= to)) peaks++;
      }
      assert.ok(held / asked >= 0.86, `curve ${held}/${asked} with ${JSON.stringify(model)} and noise ${noise}`);
      assert.ok(peaks / runs >= 0.9, `peak ${peaks}/${runs} with ${JSON.stringify(model)} and noise ${noise}`);
    }
  }
});

it('so do bands of as few points as are accepted: doubled, with one between, and bunched', (t) => {
  const at = [1, 3, 6, 12, 24];
  for (const [grid, least] of [
    [[1, 2, 4, 8, 12, 16, 24, 32], 0.92],
    [[0.3, 0.6, 1.3, 2.7, 6, 14, 9, 9], 0.92],
    [[1, 2, 4, 8, 16, 12, 14, 14], 0.9],
  ] as const) {
    assert.equal(grid.length, FEWEST_FOR_BANDS);
    for (const model of [FALLING, FLAT]) {
      for (const noise of model === FLAT ? [0.05] : [0.02]) {
        const runs = 24;
        const held = at.map(() => 0);
        for (let seed = 1; seed <= runs; seed++) {
          const random = seededRandom(seed);
          const fit = fitUsl(measured(model, noise, random, grid))!;
          const { curve } = uslBands(fit, { at, confidence: 0.95, resamples: 120, random })!;
          for (const [i, { concurrency, low, high }] of curve.entries()) {
            const truth = throughputAt(model, concurrency);
            if (low <= truth && truth <= high) held[i]!++;
          }
        }
        const all = held.reduce((sum, n) => sum + n, 0) / (runs * at.length);
        t.diagnostic(`${grid}, kappa ${model.kappa}, noise ${noise}: ${(100 * all).toFixed(0)} %, ${held} of ${runs}`);
        assert.ok(all >= least && Math.min(...held) >= 0.75 * runs, `${grid}: ${all}, ${held}`);
      }
    }
  }
});

it('less noise makes narrower bands; the same seed makes the same', () => {
  const width = (noise: number, seed: number): number => {
    const fit = fitUsl(measured(FALLING, noise, seededRandom(5)))!;
    const { curve } = uslBands(fit, { at: [20], confidence: 0.95, resamples: 200, random: seededRandom(seed) })!;
    return curve[0]!.high - curve[0]!.low;
  };
  assert.ok(width(0.01, 1) < width(0.05, 1) && width(0.05, 1) < width(0.2, 1));
  assert.equal(width(0.05, 1), width(0.05, 1));
  assert.notEqual(width(0.05, 1), width(0.05, 2));
});

it('nothing is drawn beyond twice the largest concurrency; where throughput never falls, the peak is open upwards', () => {
  const fit = fitUsl(measured(FLAT, 0.02, seededRandom(3)))!;
  const { curve, peakConcurrency } = uslBands(fit, {
    at: [0, 1, 2 * fit.largest, 2 * fit.largest + 0.1, 1000],
    confidence: 0.95,
    resamples: 100,
    random: seededRandom(1),
  })!;
  assert.deepEqual(
    curve.map(({ concurrency }) => concurrency),
    [1, 2 * fit.largest],
  );
  assert.equal(peakConcurrency[1], null);
  assert.ok(peakConcurrency[0] <= 2 * fit.largest);
});

it('ends when no draw has enough different concurrencies', () => {
  const fit = fitUsl(
    [1, 2, 4, 8].map((concurrency) => ({ concurrency, throughput: throughputAt(FLAT, concurrency) })),
  )!;
  // A "random" that draws the first point for ever.
  assert.equal(uslBands(fit, { at: [1], confidence: 0.95, resamples: 10, random: () => 0 }), null);
});

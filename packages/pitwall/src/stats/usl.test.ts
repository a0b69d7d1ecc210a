import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Random, seededRandom } from './random.ts';
import {
  FEWEST_POINTS,
  fitUsl,
  peakOf,
  predictThroughput,
  squares,
  throughputAt,
  type UslModel,
  type UslPoint,
} from './usl.ts';

const points = (pairs: readonly (readonly [number, number])[]): UslPoint[] =>
  pairs.map(([concurrency, throughput]) => ({ concurrency, throughput }));

const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected} ± ${relative}`);

/** Standard normal, Box–Muller. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** SPEC SDM91 as in codahale/usl-rs (README), rounded to whole numbers. */
const SDM91 = points([
  [1, 65],
  [18, 996],
  [36, 1652],
  [72, 1853],
  [108, 1829],
  [144, 1775],
  [216, 1702],
]);

/** Cisco, the example of B. Schwartz, Practical Scalability Analysis with the Universal Scalability Law: N = 1, 2, … 32. */
const CISCO = [
  955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84,
  9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41,
  12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
].map((throughput, i): UslPoint => ({ concurrency: i + 1, throughput }));

describe('published vectors', () => {
  it('SPEC SDM91 as usl-rs prints it, whose solver stopped a little above the least squares', () => {
    const fit = fitUsl(SDM91)!;
    assert.equal(fit.peak!.concurrency, 96);
    near(fit.peak!.throughput, 1882.42, 0.001);
    near(fit.model.sigma, 0.028168, 0.02);
    near(fit.model.kappa, 0.000104, 0.005);
    near(fit.model.lambda, 90.691, 0.01);
    const published = { lambda: 90.691376, sigma: 0.028168, kappa: 0.000104 };
    assert.ok(squares(fit.model, SDM91) <= squares(published, SDM91));
  });

  it('SPEC SDM91 as in the R package usl (data set specsdm91)', () => {
    const exact = [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2];
    const { model } = fitUsl(SDM91.map(({ concurrency }, i) => ({ concurrency, throughput: exact[i]! })))!;
    near(model.lambda, 89.9952382, 1e-6);
    near(model.sigma, 0.0277285, 2e-6);
    near(model.kappa, 0.0001044, 5e-4);
  });

  it('the test vector of usl-rs', () => {
    const { model, peak } = fitUsl(CISCO)!;
    near(model.sigma, 0.02671591, 1e-5);
    near(model.kappa, 7.690945e-4, 1e-5);
    near(model.lambda, 995.6486, 1e-5);
    assert.equal(peak!.concurrency, 35);
    near(peak!.throughput, 12341.7454, 1e-5);
    near(throughputAt(model, 20), 11063.6331, 1e-5);
  });
});

const MODELS: readonly UslModel[] = [
  { lambda: 90, sigma: 0.028, kappa: 0.0001 },
  { lambda: 1000, sigma: 0.05, kappa: 0 },
  { lambda: 40, sigma: 0, kappa: 0.002 },
  { lambda: 12, sigma: 0, kappa: 0 },
  { lambda: 170, sigma: 0.85, kappa: 0.001 },
];
const GRID = [0.2, 0.5, 1, 2, 4, 8, 16, 32, 64];

describe('fitting', () => {
  it('finds the model again that points were made from, on the bounds too', () => {
    for (const model of MODELS) {
      const fit = fitUsl(GRID.map((concurrency) => ({ concurrency, throughput: throughputAt(model, concurrency) })))!;
      for (const n of [...GRID, 100]) near(throughputAt(fit.model, n), throughputAt(model, n), 1e-6);
      assert.ok(fit.rSquared > 1 - 1e-9);
    }
  });

  it('never leaves the bounds, is never worse than the truth, and is off by no more than the noise, whatever the noise is', () => {
    for (const noise of [0.005, 0.02, 0.1, 0.3]) {
      for (const model of MODELS) {
        for (let seed = 1; seed <= 12; seed++) {
          const random = seededRandom(seed);
          const noisy = [...GRID, ...GRID].map((concurrency) => ({
            concurrency,
            throughput: throughputAt(model, concurrency) * Math.exp(noise * normal(random)),
          }));
          const fit = fitUsl(noisy)!;
          const { lambda, sigma, kappa } = fit.model;
          assert.ok(lambda > 0 && sigma >= 0 && sigma <= 1 && kappa >= 0, JSON.stringify(fit.model));
          assert.ok(squares(fit.model, noisy) <= squares(model, noisy) * (1 + 1e-9), `${noise}, seed ${seed}`);
          // 5 standard deviations of a mean of two, at a point in the middle of the range.
          near(throughputAt(fit.model, 8), throughputAt(model, 8), 5 * noise);
        }
      }
    }
  });

  it('throughput that rises faster than in proportion is held at the bound: no speed-up from sharing', () => {
    const { model } = fitUsl(
      points([
        [1, 10],
        [2, 22],
        [4, 48],
        [8, 100],
        [16, 230],
      ]),
    )!;
    assert.deepEqual([model.sigma, model.kappa], [0, 0]);
  });

  it('is refused below four different concurrencies, and unusable points are left out', () => {
    const few = points([
      [1, 10],
      [2, 18],
      [4, 30],
      [4, 31],
      [4, 29],
    ]);
    assert.equal(fitUsl(few), null);
    assert.equal(fitUsl([]), null);
    const odd = points([
      [0, 5],
      [-1, 5],
      [8, Number.NaN],
      [9, 0],
      [Number.POSITIVE_INFINITY, 7],
    ]);
    assert.equal(fitUsl([...few, ...odd]), null);
    assert.equal(fitUsl([...few, ...odd, ...points([[8, 44]])])!.points.length, few.length + 1);
    assert.equal(FEWEST_POINTS, 4);
  });
});

describe('predictions', () => {
  it('go to twice the largest measured concurrency and not one step further', () => {
    const fit = fitUsl(CISCO)!;
    assert.ok(predictThroughput(fit, 64)! > 0);
    assert.equal(predictThroughput(fit, 64.01), null);
    assert.equal(predictThroughput(fit, 0), null);
  });

  it('there is no peak without coherency, none beyond the reach of the measurements, and never one below 1', () => {
    assert.equal(peakOf({ lambda: 1, sigma: 0.1, kappa: 0 }), null);
    assert.equal(peakOf({ lambda: 1, sigma: 1, kappa: 0.1 })!.concurrency, 1);
    const model = { lambda: 90, sigma: 0.03, kappa: 0.0001 };
    assert.equal(peakOf(model)!.concurrency, 98);
    const upTo = (n: number) =>
      fitUsl(
        [1, 2, 4, 8, 16, n].map((concurrency) => ({ concurrency, throughput: throughputAt(model, concurrency) })),
      )!;
    assert.equal(upTo(48).peak, null);
    assert.equal(upTo(50).peak!.concurrency, 98);
  });
});

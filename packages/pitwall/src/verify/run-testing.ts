/** Made-up runs and recorded ones, compared again and again: for tests and benches. */
import { median } from '../stats/quantile.ts';
import { type Random, seededRandom } from '../stats/random.ts';
import type { NoiseRuns } from './between-runs.ts';
import { compareRuns } from './compare-runs.ts';
import type { RunSeries } from './run-series.ts';
import { NOISE, type Noise, normal } from './testing.ts';

/** Fractional Gaussian noise: dependent on all time scales at once, as shared machines are. By J. R. M. Hosking's recursion (1984). */
const fractional =
  (cv: number, hurst: number): Noise =>
  (count, random) => {
    const covariance = (lag: number) =>
      0.5 * (Math.abs(lag + 1) ** (2 * hurst) - 2 * Math.abs(lag) ** (2 * hurst) + Math.abs(lag - 1) ** (2 * hurst));
    const values = [normal(random)];
    let weights: number[] = [];
    let left = 1;
    for (let i = 1; i < count; i++) {
      const partial =
        (covariance(i) - weights.reduce((sum, weight, j) => sum + weight * covariance(i - 1 - j), 0)) / left;
      weights = [...weights.map((weight, j) => weight - partial * weights[weights.length - 1 - j]!), partial];
      left *= 1 - partial ** 2;
      const expected = weights.reduce((sum, weight, j) => sum + weight * values[i - 1 - j]!, 0);
      values.push(expected + Math.sqrt(left) * normal(random));
    }
    return values.map((value) => cv * value);
  };

/** A neighbour that wakes and sleeps: now and then (`rate` a block) the level changes between two that are `size` apart. */
const neighbour =
  (cv: number, size: number, rate: number): Noise =>
  (count, random) => {
    let awake = random() < 0.5;
    return Array.from({ length: count }, () => {
      if (random() < rate) awake = !awake;
      return cv * normal(random) + (awake ? size : 0);
    });
  };

export const RUN_NOISE = { ...NOISE, fractional, neighbour } as const;

/** How much more than the median of a block its other figures vary. */
const FIGURES = [
  ['p50', 1],
  ['p90', 1.5],
  ['p95', 2],
  ['p99', 4],
  ['mean', 1.2],
] as const;

export interface RunModel {
  /** Of blocks that follow one another, as logarithms. */
  readonly noise: Noise;
  /** Standard deviation of what whole runs differ by, as a logarithm. */
  readonly betweenRuns: number;
  readonly blocks: number;
  readonly endpoints: number;
}

/** One run of a closed load: eleven series an endpoint (figures of response and service time, errors), and throughput. */
export function madeUpRun(
  { noise, betweenRuns, blocks, endpoints }: RunModel,
  slowdown: number,
  random: Random,
): RunSeries[] {
  const common = noise(blocks, random);
  const offset = betweenRuns * normal(random);
  // A third of what figures usually show is their own.
  const own = (1.4826 * median(common.map(Math.abs))) / 3;
  const positions = common.map((_, i) => i);
  const about = {
    target: 'web',
    basis: 'blocks',
    countsFailures: false,
    direction: 'lower-is-better',
    positions,
  } as const;
  const steps = Array.from({ length: endpoints }, (_, k) => {
    const labels = { endpoint: `GET /${k}` };
    return [
      ...(['response', 'service'] as const).flatMap((kind) =>
        FIGURES.map(
          ([figure, times]): RunSeries => ({
            ...about,
            indicator: `load.${kind}.duration.${figure}`,
            labels,
            unit: 's',
            values: common.map(
              (log) => 0.01 * (k + 1) * slowdown * Math.exp(times * (log + offset + own * normal(random))),
            ),
          }),
        ),
      ),
      {
        ...about,
        indicator: 'load.error.ratio',
        labels,
        unit: '1',
        countsFailures: true,
        values: common.map(() => 0),
      } as const,
    ];
  });
  const rate: RunSeries = {
    ...about,
    indicator: 'load.requests.rate',
    labels: {},
    unit: '1/s',
    direction: 'higher-is-better',
    values: common.map((log) => (1000 / slowdown) * Math.exp(-(log + offset + own * normal(random)))),
  };
  const all: RunSeries = {
    ...about,
    indicator: 'load.response.duration.mean',
    labels: {},
    unit: 's',
    values: common.map((log) => 0.02 * slowdown * Math.exp(1.2 * (log + offset) + (own / 2) * normal(random))),
  };
  return [...steps.flat(), rate, ...(endpoints > 1 ? [all] : [])];
}

export interface RunRates {
  /** Share of A/A pairs with any indicator better or worse. */
  readonly wrong: number;
  /** Share of A/A pairs whose headline (p50 of the response time) is called the same. */
  readonly same: number;
  /** Share of pairs with one run slowed that are called worse. */
  readonly found: number;
}

/**
 * Pairs of runs of one state, and pairs with the second one slowed. With `calibration`, each pair has a calibration of its own of so
 * many runs: what is claimed is the rate over machines, not over pairs on a lucky one.
 */
export function simulateRuns(
  model: RunModel,
  options: {
    readonly pairs: number;
    readonly slowdown: number;
    readonly calibration: number;
    readonly tolerance?: number;
  },
): RunRates {
  const random = seededRandom(99);
  let [wrong, same, found] = [0, 0, 0];
  for (let pair = 0; pair < options.pairs; pair++) {
    const draw = (slowdown = 1) => madeUpRun(model, slowdown, random);
    const noise: NoiseRuns | null =
      options.calibration > 0
        ? { source: 'calibration', runs: Array.from({ length: options.calibration }, () => draw()) }
        : null;
    const compare = (slowdown: number) =>
      compareRuns({
        design: 'sequential',
        a: draw(),
        b: draw(slowdown),
        noise,
        tolerance: options.tolerance ?? 0.05,
        shapes: [],
      });
    const still = compare(1);
    if (still.comparisons.some(({ verdict }) => verdict === 'better' || verdict === 'worse')) wrong++;
    if (still.comparisons.some((one) => one.indicator === 'load.response.duration.p50' && one.verdict === 'same'))
      same++;
    if (compare(options.slowdown).verdict === 'worse') found++;
  }
  return { wrong: wrong / options.pairs, same: same / options.pairs, found: found / options.pairs };
}

import { sortedQuantile } from './quantile.ts';
import type { Random } from './random.ts';
import { tQuantile, tTwoSided } from './t-distribution.ts';
import { FURTHEST, fitUsl, peakOf, throughputAt, type UslFit, type UslModel, type UslPoint } from './usl.ts';

/** From and to; null where the measurements set no bound on that side. */
type OpenInterval = readonly [low: number, high: number | null];

/** One point of the curve with its band. Throughputs in 1/s. */
interface UslBandPoint {
  readonly concurrency: number;
  readonly throughput: number;
  readonly low: number;
  readonly high: number;
}

export interface UslBands {
  readonly lambda: readonly [number, number];
  readonly sigma: readonly [number, number];
  readonly kappa: readonly [number, number];
  /** Of Nmax; open upwards when the measurements do not show that throughput falls within twice the largest concurrency. */
  readonly peakConcurrency: OpenInterval;
  /** At each concurrency asked for that may be predicted. */
  readonly curve: readonly UslBandPoint[];
}

/**
 * Measurements that bands need to hold what they say. codahale/usl4j fits six; but 95 % bands of six points at N = 1, 2, 4 … 32 held the truth
 * in 87 to 90 % of simulated draws (2 to 5 % noise, pointwise 72 to 97 %), those of seven in 94 to 97 % (87 to 98 %), those of eight in 96 %
 * (90 to 100 %). Eight points that are bunched, as where a search ends: 91 to 98 %, and 85 % at the least N. [usl-bands.test.ts]
 */
export const FEWEST_FOR_BANDS = 8;

/** Draws in a row without enough different concurrencies after which there is no hope of one. */
const MOST_REDRAWS = 100;

/**
 * Bootstrap bands of a fit: pointwise, at `confidence` (0–1, exclusive). Whole points are drawn again with replacement
 * (case resampling): in an open load the concurrency is measured as much as the throughput, and neither has the same
 * spread everywhere, which rules out to resample residuals. With few points the percentiles of a bootstrap lie too near;
 * they are taken further out, as Student's t is wider than the normal distribution for n − 3 degrees of freedom.
 * Sources: B. Efron, Annals of Statistics 7 (1979); T. C. Hesterberg, "What teachers should know about the bootstrap", The
 * American Statistician 69 (2015) on cases or residuals and on expanded percentiles. Coverage: usl-bands.test.ts.
 *
 * Null when the fit leaves no degree of freedom. Of fewer than FEWEST_FOR_BANDS points they are too narrow: the caller has to see to it.
 */
export function uslBands(
  fit: UslFit,
  options: {
    readonly at: readonly number[];
    readonly confidence: number;
    readonly resamples: number;
    readonly random: Random;
  },
): UslBands | null {
  const { confidence, random } = options;
  const spare = fit.points.length - 3;
  const models = spare < 1 ? [] : resampled(fit.points, options.resamples, random);
  if (models.length === 0) return null;
  const furthest = FURTHEST * fit.largest;
  const tail = expandedTail((1 - confidence) / 2, spare);
  const interval = (value: (model: UslModel) => number): [number, number] => {
    const values = Float64Array.from(models, value).sort();
    return [sortedQuantile(values, tail), sortedQuantile(values, 1 - tail)];
  };
  const [low, high] = interval((model) => Math.min(peakOf(model)?.concurrency ?? Number.MAX_VALUE, 2 * furthest));
  return {
    lambda: interval(({ lambda }) => lambda),
    sigma: interval(({ sigma }) => sigma),
    kappa: interval(({ kappa }) => kappa),
    peakConcurrency: [Math.floor(Math.min(low, furthest)), high > furthest ? null : Math.ceil(high)],
    curve: options.at
      .filter((concurrency) => concurrency > 0 && concurrency <= furthest)
      .map((concurrency) => {
        const throughput = throughputAt(fit.model, concurrency);
        const [from, to] = interval((model) => throughputAt(model, concurrency));
        return { concurrency, throughput, low: Math.min(from, throughput), high: Math.max(to, throughput) };
      }),
  };
}

function resampled(points: readonly UslPoint[], resamples: number, random: Random): UslModel[] {
  const models: UslModel[] = [];
  for (let misses = 0; models.length < resamples && misses < MOST_REDRAWS; ) {
    // Too few different concurrencies say nothing about the curve: such a draw is made again.
    const drawn = fitUsl(points.map(() => points[Math.floor(random() * points.length)]!));
    misses = drawn ? 0 : misses + 1;
    if (drawn) models.push(drawn.model);
  }
  return models;
}

/** The tail of the normal distribution beyond Student's t of `tail` with `freedom` degrees of freedom. */
function expandedTail(tail: number, freedom: number): number {
  // Student's t with very many degrees of freedom is the normal distribution.
  return tTwoSided(tQuantile(1 - tail, freedom), 1e9) / 2;
}

import { centre } from './hodges-lehmann.ts';
import { mean, median, variance } from './quantile.ts';

/** Uncertainty of the middle of series whose values may resemble their neighbours. */
export interface LongRun {
  /** Variance of the centres' sum if every value were a fresh draw. */
  readonly independent: number;
  /** The same, allowing for the dependence that the series show; never less than `independent`. */
  readonly dependent: number;
  readonly df: number;
}

/** Numbers of batches: from single values over pairs up to thirds of a series, the longest waves that can be looked at. */
const BATCHES = [10, 5, 3] as const;
/** Fewer values in a batch have no middle worth the name. */
const SMALLEST_BATCH = 2;
/** Robust standard deviations beyond which a value is drawn back, see `drawnIn`. */
const REACH = 4;

/**
 * Variance of the Hodges–Lehmann centre of each series, added up over the series (of the difference of two of them, say).
 *
 * Values that follow one another on a machine are not independent: neighbours wake, caches fill, clocks drift, on all time scales
 * at once. So the values are also looked at in batches (of two, of a fifth, of a third of a series): where the centres of batches
 * vary more than independent values would make them, the Hurst exponent that explains it, H = ½ + ln ρ / (2 ln m) for ρ times too
 * much variance in batches of m, carries the growth on to the whole series, Var = Var(batch) · k^(2H − 2). The largest result of
 * all sizes counts: an estimate on so few batches errs to both sides, and erring to the small one makes false verdicts.
 *
 * Sources: batch means: L. W. Schruben, "Confidence interval estimation using standardized time series", Operations Research 31
 * (1983); the exponent from the variance of batches: J. Beran, Statistics for Long-Memory Processes (1994), §4.4. Degrees of
 * freedom are those of five batches a series. What they do together: verify/run-simulation.test.ts.
 */
export function longRun(series: readonly (readonly number[])[]): LongRun {
  // Of equal values the mean is off by rounding, and with it the variance.
  const calm = series.map((values) =>
    values.every((value) => value === values[0]) ? values.map(() => 0) : drawnIn(values),
  );
  const total = (each: (values: readonly number[]) => number) => calm.reduce((sum, values) => sum + each(values), 0);
  const independent = total((values) => variance(values) / values.length);
  const plain = total(variance);
  const length = mean(calm.map((values) => values.length));
  let dependent = independent;
  for (const batches of BATCHES) {
    if (calm.some((values) => values.length < SMALLEST_BATCH * batches) || plain === 0) continue;
    const between = total((values) => variance(batchCentres(values, batches)));
    const size = length / batches;
    const growth = Math.max(1, (between * size) / plain);
    const hurst = Math.min(1, 0.5 + Math.log(growth) / (2 * Math.log(size)));
    dependent = Math.max(dependent, between * batches ** (2 * hurst - 2));
  }
  const batches = Math.max(2, Math.min(5, Math.floor(Math.min(...calm.map(({ length: n }) => n)) / 2)));
  return { independent, dependent, df: series.length * (batches - 1) };
}

/** Hodges–Lehmann centres of consecutive parts of (nearly) equal size. */
export function batchCentres(values: readonly number[], batches: number): number[] {
  return Array.from({ length: batches }, (_, i) =>
    centre(values.slice(Math.round((i * values.length) / batches), Math.round(((i + 1) * values.length) / batches))),
  );
}

/**
 * The values, those that lie more than four robust standard deviations (1.4826 · MAD) from the median drawn in to there: the centre
 * hardly moves with them, so neither may its variance. Left as they are when more than half of them are equal.
 * Source: F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974).
 */
export function drawnIn(values: readonly number[]): readonly number[] {
  const middle = median(values);
  const reach = REACH * 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  if (!(reach > 0)) return values;
  return values.map((value) => Math.min(middle + reach, Math.max(middle - reach, value)));
}

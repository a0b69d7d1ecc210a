import { centre } from '../stats/hodges-lehmann.ts';
import { drawnIn } from '../stats/long-run.ts';
import { mean, variance } from '../stats/quantile.ts';
import { keyOf, type RunSeries } from './run-series.ts';

/** Runs of one and the same state, or (history) of states that mostly were the same: what runs differ by when nothing is changed. */
export interface NoiseRuns {
  readonly source: 'calibration' | 'history';
  /** In the order of time. */
  readonly runs: readonly (readonly RunSeries[])[];
}

/** Fewer runs say nothing of how runs differ: with five, the spread itself is known to a factor of two. */
export const FEWEST_RUNS = 5;

/** How the middles of runs vary, on the scale of the values. */
export interface Spread {
  readonly source: NoiseRuns['source'];
  readonly runs: number;
  /** Variance of a run's middle, from run to run. */
  readonly total: number;
  /** The part of it that the blocks within a run explain, were they independent; 0 with one value a run. */
  readonly within: number;
  readonly df: number;
}

/** The values of each series in each of the runs that have it, in their order. */
export function noiseIndex(noise: NoiseRuns): ReadonlyMap<string, readonly (readonly number[])[]> {
  const index = new Map<string, (readonly number[])[]>();
  for (const series of noise.runs.flat()) {
    const key = noiseKey(series);
    const entry = index.get(key);
    if (entry) entry.push(series.values);
    else index.set(key, [series.values]);
  }
  return index;
}

export function noiseKey(series: RunSeries): string {
  return `${series.basis} ${keyOf(series)}`;
}

/**
 * The spread of one indicator over runs; null when fewer than FEWEST_RUNS of them have it.
 *
 * Calibrations are runs of one state: the sample variance. A history has been changed in between: half the mean square of
 * successive differences, to which a change adds only one difference, and that drawn in to four robust standard deviations: or the
 * next run after a regression could not be called worse any more. Source: J. von
 * Neumann et al., "The mean square successive difference", Annals of Mathematical Statistics 12 (1941), also for its degrees of
 * freedom under normal noise, 2(n − 1)²/(3n − 4).
 *
 * @param values of the indicator in each run, in the order of time
 * @param to the scale that they are compared on
 */
export function spreadOf(
  source: NoiseRuns['source'],
  values: readonly (readonly number[])[],
  to: (value: number) => number,
): Spread | null {
  const runs = values.map((run) => run.map(to)).filter((run) => run.every(Number.isFinite));
  const n = runs.length;
  if (n < FEWEST_RUNS) return null;
  const centres = runs.map(centre);
  const blocks = runs.filter((values) => values.length > 1);
  const within = blocks.length > 0 ? mean(blocks.map(withinVariance)) : 0;
  // Of equal values the mean is off by rounding, and with it the variance.
  if (centres.every((value) => value === centres[0])) return { source, runs: n, total: 0, within: 0, df: n - 1 };
  if (source === 'calibration') return { source, runs: n, total: variance(centres), within, df: n - 1 };
  const differences = drawnIn(centres.slice(1).map((value, i) => value - centres[i]!));
  const total = mean(differences.map((difference) => difference ** 2)) / 2;
  return { source, runs: n, total, within, df: (2 * (n - 1) ** 2) / (3 * n - 4) };
}

/** Variance of the middle of a run's blocks, were they independent. */
export function withinVariance(values: readonly number[]): number {
  return values.length > 1 ? variance(drawnIn(values)) / values.length : 0;
}

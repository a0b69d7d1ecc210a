import type { CalibratedIndicator, Calibration, CalibrationRun } from '../model/comparison.ts';
import type { Distribution } from '../model/observation.ts';
import { shapeDistance } from '../stats/distribution-distance.ts';
import { drawnIn } from '../stats/long-run.ts';
import { mean, median, variance } from '../stats/quantile.ts';
import { tQuantile } from '../stats/t-distribution.ts';
import { FEWEST_RUNS, noiseIndex, noiseKey, spreadOf } from './between-runs.ts';
import { sharedOut } from './compare-runs.ts';
import { blockSeries, indicatorSeries, type RunSeries } from './run-series.ts';
import { bounded, scaleOf } from './scale.ts';

/** The series of a run as comparisons see them. */
export function seriesOfRun(
  run: Pick<CalibrationRun, 'blocks' | 'indicators'>,
  about: { readonly target: string; readonly closed: boolean },
): RunSeries[] {
  const blocks = blockSeries(run.blocks, about);
  return [...blocks, ...indicatorSeries(run.indicators, blocks)];
}

/**
 * What runs of one state differ by, for each indicator that at least FEWEST_RUNS of them have. The largest noise first.
 * `noiseFloor`: t₀.₉₇₅ · √2 · s, the half-width of the 95 % interval of two runs of one state. `minimumDetectable`: what a comparison of two
 * such runs finds in 4 of 5 repetitions, Holm's correction included.
 */
export function calibrated(runs: readonly (readonly RunSeries[])[]): CalibratedIndicator[] {
  const index = noiseIndex({ source: 'calibration', runs });
  const first = [...new Map(runs.flat().map((series) => [noiseKey(series), series])).values()];
  const drafts = first.flatMap((series) => {
    // What has no better or worse is never judged, so its noise is of no use.
    if (series.direction === 'neutral') return [];
    const all = index.get(noiseKey(series)) ?? [];
    if (all.length < FEWEST_RUNS) return [];
    const level = median(all.map(median));
    const scale = scaleOf(all.flat(), level, series.unit, 0);
    const spread = spreadOf('calibration', all, scale.to);
    return spread === null ? [] : [{ series, all, level, scale, spread }];
  });
  const { levels } = sharedOut(
    drafts.map(({ series }) => series),
    drafts.map(({ spread }) => spread.total > 0),
  );
  return drafts
    .map(({ series, all, level, scale, spread }, i): CalibratedIndicator => {
      const pair = Math.sqrt(2 * spread.total);
      const relative = (size: number) => bounded(scale.relative(size));
      const test = Number.isNaN(levels[i]!) ? 0.05 : levels[i]!;
      return {
        target: series.target,
        indicator: series.indicator,
        labels: series.labels,
        unit: series.unit,
        level,
        runs: all.length,
        betweenBlocks:
          series.basis === 'blocks'
            ? relative(Math.sqrt(mean(all.map((values) => variance(drawnIn(values.map(scale.to)))))))
            : null,
        betweenRuns: relative(Math.sqrt(spread.total)),
        noiseFloor: relative(tQuantile(0.975, spread.df) * pair),
        minimumDetectable: relative((tQuantile(1 - test / 2, spread.df) + tQuantile(0.8, spread.df)) * pair),
      };
    })
    .sort((a, b) => b.noiseFloor - a.noiseFloor);
}

/** Distances of the shapes of all pairs of runs, ascending, for each endpoint. */
export function shapesOfRuns(runs: readonly ReadonlyMap<string, Distribution>[]): Calibration['shapes'] {
  const endpoints = [...new Set(runs.flatMap((run) => [...run.keys()]))];
  return endpoints.map((endpoint) => {
    const found = runs.flatMap((run) => run.get(endpoint) ?? []);
    const distances = found.flatMap((a, i) => found.slice(i + 1).flatMap((b) => shapeDistance(a, b) ?? []));
    return { endpoint, distances: distances.sort((a, b) => a - b) };
  });
}

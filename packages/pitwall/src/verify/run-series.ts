import type { Direction, Indicator, Unit } from '../model/indicator.ts';
import type { LatencySummary, LoadBlock, LoadResult } from '../model/load.ts';
import type { Labels } from '../model/observation.ts';
import { seriesKey } from '../stats/labels.ts';
import { median } from '../stats/quantile.ts';
import { requestsOf } from './requests-of.ts';

/** One indicator in one run: a value for each block of the load, or the one value of the run. */
export interface RunSeries {
  readonly target: string;
  readonly indicator: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly direction: Direction;
  readonly countsFailures: boolean;
  readonly basis: 'blocks' | 'run';
  readonly values: readonly number[];
  /** Which block each value is of, from 0: blocks without an answer have no value. */
  readonly positions: readonly number[];
  /** Of a share of failed requests: of how many each value is the share; absent where nobody counted. */
  readonly requests?: readonly number[];
}

/** What the comparisons look at: percentiles in per cent, and the mean. */
const STATISTICS = [
  ['p50', 50],
  ['p90', 90],
  ['p95', 95],
  ['p99', 99],
  ['mean', 0],
] as const satisfies readonly (readonly [keyof LatencySummary, number])[];

/**
 * Requests that must lie beyond a percentile in the usual block. With fewer it is not a percentile any more but the block's
 * maximum, and only stands in the way of what can be told. [judgement]
 */
const LEAST_BEYOND = 1;

/** Shapes whose course changes while they run: a block is only comparable with the one at the same place in the other run. */
export function isMoving(shape: LoadResult['shape']): boolean {
  return shape === 'ramping-rate' || shape === 'steps' || shape === 'spike' || shape === 'trace';
}

/** Shapes in which the next request waits for the answer to the last one: there throughput is a result, not a setting. */
export function isClosed({ shape, rate }: Pick<LoadResult, 'shape' | 'rate'>): boolean {
  return shape === 'closed' || (rate === null && (shape === 'soak' || shape === 'spike'));
}

/**
 * `load.response.duration.p95 {endpoint=…}` and the like, one value a block; with several endpoints also the mean over all of them,
 * which shows what slows down everything a little. Percentiles that blocks are too small for are left out.
 */
export function blockSeries(
  blocks: readonly LoadBlock[],
  { target, closed }: { readonly target: string; readonly closed: boolean },
): RunSeries[] {
  const series: RunSeries[] = [];
  const endpoints = [...new Set(blocks.flatMap(({ steps }) => steps.map(({ endpoint }) => endpoint)))];
  const add = (
    indicator: string,
    labels: Labels,
    about: Pick<RunSeries, 'unit' | 'direction'> & { readonly countsFailures?: true },
    valueIn: (block: LoadBlock) => number | undefined,
    requestsIn?: (block: LoadBlock) => number,
  ) => {
    const found = blocks.flatMap((block, position) => {
      const value = valueIn(block);
      return value !== undefined && Number.isFinite(value) ? [{ position, value, block }] : [];
    });
    if (found.length === 0) return;
    const values = found.map(({ value }) => value);
    const positions = found.map(({ position }) => position);
    const requests = requestsIn && { requests: found.map(({ block }) => requestsIn(block)) };
    const one = {
      target,
      indicator,
      labels,
      countsFailures: false,
      basis: 'blocks',
      ...about,
      values,
      positions,
    } as const;
    series.push({ ...one, ...requests });
  };
  const time = { unit: 's', direction: 'lower-is-better' } as const;
  for (const endpoint of endpoints) {
    const stepOf = ({ steps }: LoadBlock) => steps.find((step) => step.endpoint === endpoint && step.completed > 0);
    const counts = blocks.flatMap((block) => stepOf(block)?.completed ?? []);
    if (counts.length === 0) continue;
    const usual = median(counts);
    for (const kind of ['response', 'service'] as const) {
      for (const [statistic, percent] of STATISTICS) {
        if (percent > 0 && usual * (1 - percent / 100) < LEAST_BEYOND) continue;
        add(`load.${kind}.duration.${statistic}`, { endpoint }, time, (block) => stepOf(block)?.[kind][statistic]);
      }
    }
    const failures = { unit: '1', direction: 'lower-is-better', countsFailures: true } as const;
    const shareOf = (block: LoadBlock) => {
      const step = stepOf(block);
      return step && step.errors / step.completed;
    };
    add('load.error.ratio', { endpoint }, failures, shareOf, (block) => stepOf(block)?.completed ?? 0);
  }
  if (endpoints.length > 1) {
    add('load.response.duration.mean', {}, time, ({ steps }) => {
      const answered = steps.filter(({ completed }) => completed > 0);
      const total = answered.reduce((sum, { completed, response }) => sum + completed * response.mean, 0);
      return total / answered.reduce((sum, { completed }) => sum + completed, 0);
    });
  }
  const throughput = { unit: '1/s', direction: closed ? 'higher-is-better' : 'neutral' } as const;
  add('load.requests.rate', {}, throughput, ({ duration, steps }) =>
    duration > 0 ? steps.reduce((sum, { completed, errors }) => sum + completed - errors, 0) / duration : undefined,
  );
  return series;
}

/** The indicators of a run, one value each; those without a value are left out, and so is what blocks say better. */
export function indicatorSeries(indicators: readonly Indicator[], blocks: readonly RunSeries[]): RunSeries[] {
  return indicators.flatMap((indicator): RunSeries[] => {
    const { target, name, labels, unit, direction, countsFailures, value } = indicator;
    if (value === null || !Number.isFinite(value)) return [];
    if (name.startsWith('load.') && blocks.length > 0) return [];
    const one = { basis: 'run', values: [value], positions: [0] } as const;
    const requests = countsFailures ? requestsOf(indicator, indicators) : 0;
    const counted = requests > 0 ? { requests: [requests] } : {};
    const about = { target, indicator: name, labels, unit, direction, countsFailures: countsFailures ?? false };
    return [{ ...about, ...one, ...counted }];
  });
}

export function keyOf({ target, indicator, labels }: RunSeries): string {
  return seriesKey(target, indicator, labels);
}

/** Percentiles that were left out because blocks have too few requests, as a sentence needs them; null when none were. */
export function unseenPercentiles(blocks: readonly LoadBlock[]): { percentiles: string[]; requests: number } | null {
  const counts = blocks.flatMap(({ steps }) => steps.map(({ completed }) => completed)).filter((count) => count > 0);
  if (counts.length === 0) return null;
  const requests = median(counts);
  const percentiles = STATISTICS.filter(
    ([, percent]) => percent > 0 && requests * (1 - percent / 100) < LEAST_BEYOND,
  ).map(([name]) => name);
  return percentiles.length > 0 ? { percentiles, requests } : null;
}

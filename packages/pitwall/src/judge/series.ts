import type { Statistic } from '../model/indicator.ts';
import type { Distribution, Sample } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import { nearestRank } from '../stats/quantile.ts';

/** Percent of each percentile statistic. */
const PERCENT: Partial<Record<Statistic, number>> = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 };

export function percentOf(statistic: Statistic): number | null {
  return PERCENT[statistic] ?? null;
}

/** A statistic of a series, or why there is none. `count` is how many measurements it rests on. */
export interface Derived {
  readonly value: number | null;
  readonly count: number;
  readonly because?: string;
}

/**
 * One number out of all samples of one name and label set. Plain numbers count as one measurement each; distributions are merged
 * exactly (counts, sums and buckets add up), never averaged. Values that are not finite numbers are left out.
 */
export function deriveStatistic(samples: readonly Sample[], statistic: Statistic): Derived {
  const numbers: { at: number; value: number }[] = [];
  const distributions: { at: number; value: Distribution }[] = [];
  for (const { at, value } of samples) {
    if (typeof value === 'number') {
      if (Number.isFinite(value)) numbers.push({ at, value });
    } else if (value.count > 0) distributions.push({ at, value });
  }
  const plain = numbers.map(({ value }) => value);
  const merged = distributions.map(({ value }) => value);
  const count = plain.length + merged.reduce((sum, distribution) => sum + distribution.count, 0);
  if (statistic === 'count') return { value: count, count };
  if (count === 0) return { value: null, count, because: 'it was looked for and nothing was measured' };

  const percent = percentOf(statistic);
  if (percent !== null) return percentile(plain, merged, percent, count);
  const sum = plain.reduce((total, value) => total + value, 0) + merged.reduce((total, { sum }) => total + sum, 0);
  switch (statistic) {
    case 'sum':
      return { value: sum, count };
    case 'mean':
      return { value: sum / count, count };
    case 'min':
      return { value: Math.min(...extremes(plain, merged, 'min')), count };
    case 'max':
      return { value: Math.max(...extremes(plain, merged, 'max')), count };
    default: {
      const latest = [...numbers, ...distributions].reduce((a, b) => (b.at >= a.at ? b : a)).value;
      return { value: typeof latest === 'number' ? latest : latest.sum / latest.count, count };
    }
  }
}

function extremes(plain: readonly number[], merged: readonly Distribution[], which: 'min' | 'max'): number[] {
  const best = which === 'min' ? Math.min : Math.max;
  // Folded, not spread over the arguments: there may be more samples than a call takes.
  const numbers = plain.length === 0 ? [] : [plain.reduce((a, b) => best(a, b))];
  return [...numbers, ...merged.map((distribution) => distribution[which])];
}

function percentile(
  plain: readonly number[],
  merged: readonly Distribution[],
  percent: number,
  count: number,
): Derived {
  if (merged.length === 0) return { value: nearestRank(plain, percent), count };
  if (merged.some(({ histogram }) => !histogram)) {
    return { value: null, count, because: 'only sums were kept of some measurements, and a percentile needs them all' };
  }
  const histogram = Histogram.fromDistributions(merged);
  for (const value of plain) histogram.record(value * 1e9);
  return { value: histogram.percentile(percent) / 1e9, count };
}

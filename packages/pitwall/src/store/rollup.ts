import type { Distribution, Labels, Observation } from '../model/observation.ts';
import type { SampleBucket } from '../model/store.ts';

/** Seconds a bucket, aligned to the epoch. */
const BUCKET_SECONDS = 60;

interface Growing {
  readonly target: string;
  readonly name: string;
  readonly labels: Labels;
  readonly start: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Null as soon as one part has no histogram: percentiles of the rest would not be those of the whole. */
  histogram: Map<number, number> | null;
}

/** Labels as one text that is the same for the same labels, whatever their order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/**
 * Rolls samples up into one bucket per series and minute: counts, sums, extremes and histograms add up, so merging is
 * exact. What was not measured (no value, an empty distribution, not a number) makes no bucket: absence is never zero.
 */
export function rollUp(observations: readonly Observation[]): readonly SampleBucket[] {
  const buckets = new Map<string, Growing>();
  for (const { target, samples } of observations) {
    for (const { name, labels, at, value } of samples) {
      const part: Distribution = typeof value === 'number' ? { count: 1, sum: value, min: value, max: value } : value;
      if (part.count < 1 || ![at, part.sum, part.min, part.max, part.count].every(Number.isFinite)) continue;
      const start = Math.floor(at / BUCKET_SECONDS) * BUCKET_SECONDS;
      const key = JSON.stringify([target.id, name, labelsKey(labels), start]);
      const bucket = buckets.get(key);
      if (bucket) add(bucket, part);
      else buckets.set(key, begin({ target: target.id, name, labels, start }, part));
    }
  }
  return [...buckets.values()].map(({ histogram, ...rest }) => ({
    ...rest,
    histogram: histogram && [...histogram].sort(([a], [b]) => a - b),
  }));
}

function begin(series: Pick<Growing, 'target' | 'name' | 'labels' | 'start'>, part: Distribution): Growing {
  const { count, sum, min, max, histogram } = part;
  return { ...series, count, sum, min, max, histogram: histogram ? new Map(histogram.buckets) : null };
}

function add(bucket: Growing, part: Distribution): void {
  bucket.count += part.count;
  bucket.sum += part.sum;
  bucket.min = Math.min(bucket.min, part.min);
  bucket.max = Math.max(bucket.max, part.max);
  if (!part.histogram) bucket.histogram = null;
  if (!bucket.histogram || !part.histogram) return;
  for (const [index, times] of part.histogram.buckets) {
    bucket.histogram.set(index, (bucket.histogram.get(index) ?? 0) + times);
  }
}

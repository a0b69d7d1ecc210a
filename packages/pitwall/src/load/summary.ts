import type { LatencySummary } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';

/** In seconds; NaN throughout when nothing was recorded. */
export function summariseHistogram(histogram: Histogram): LatencySummary {
  const at = (percent: number) => histogram.percentile(percent) / 1e9;
  const some = histogram.count > 0;
  return {
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    p9999: at(99.99),
    max: some ? histogram.max / 1e9 : Number.NaN,
    mean: some ? histogram.sum / histogram.count / 1e9 : Number.NaN,
  };
}

/** Of everything in all of them together. */
export function summariseAll(distributions: readonly Distribution[]): LatencySummary {
  return summariseHistogram(Histogram.fromDistributions(distributions));
}

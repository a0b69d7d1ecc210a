import type { Indicator } from '../model/indicator.ts';
import { labelsInclude, seriesKey } from '../stats/labels.ts';

/** `load` of `load.error.ratio`, and the times that the same requests took: `load.response.duration.p95`. */
const FAMILY = /^(.*)\.error\.ratio$/;
const TIMES = /\.(?:response|request)\.duration\.[^.]+$/;

/**
 * Of how many requests an indicator is the share that failed. It is one number and does not know, but the response times beside it do: of
 * each set of labels the largest count, added up over those that have its own labels. 0 when there are none.
 */
export function requestsOf({ target, name, labels }: Indicator, beside: readonly Indicator[]): number {
  const family = FAMILY.exec(name)?.[1];
  if (family === undefined) return 0;
  const counts = new Map<string, number>();
  for (const one of beside) {
    if (one.target !== target || !one.name.startsWith(`${family}.`) || !TIMES.test(one.name)) continue;
    if (!labelsInclude(one.labels, labels)) continue;
    const key = seriesKey('', '', one.labels);
    counts.set(key, Math.max(counts.get(key) ?? 0, one.count));
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

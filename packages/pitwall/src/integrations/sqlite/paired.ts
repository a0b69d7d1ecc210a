import { centre, centreInterval } from '../../stats/hodges-lehmann.ts';
import { median } from '../../stats/quantile.ts';

export interface PairedRatio {
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
}

const LEVEL = 0.95;

/**
 * after ÷ before of runs that alternated, from the logarithms of the paired ratios. With so few pairs that the rank test
 * cannot give 95 % (below 6) the interval is the smallest and largest ratio seen.
 */
export function pairedRatio(before: readonly number[], after: readonly number[]): PairedRatio {
  const logs = before.slice(0, after.length).map((value, i) => Math.log(after[i]! / value));
  const [low, high] = centreInterval(logs, LEVEL) ?? [Math.min(...logs), Math.max(...logs)];
  return {
    before: median(before),
    after: median(after),
    ratio: Math.exp(centre(logs)),
    interval: [Math.exp(low), Math.exp(high)],
  };
}

import { mean } from './quantile.ts';
import { type Estimate, pValueOf } from './t-tests.ts';

/** A line through each of two arms, both with the same slope. */
export interface SharedTrend {
  /** Change per step of time, and how surely it is not 0. */
  readonly slope: number;
  readonly slopePValue: number;
  /** Step from the first arm to the second that is left when the slope is taken away. */
  readonly step: Estimate;
}

/**
 * Analysis of covariance with time as the covariate: what of the difference between two arms run one after the other is a
 * step, and what is drift that was there all along. Least squares; needs at least five points in all, null below that.
 * `before` comes first in time; points are [time, value]. Source: R. A. Fisher, Statistical Methods for Research
 * Workers, §49.1; formulas: G. W. Snedecor, W. G. Cochran, Statistical Methods, ch. 18.
 */
export function sharedTrend(
  before: readonly (readonly [time: number, value: number])[],
  after: readonly (readonly [time: number, value: number])[],
): SharedTrend | null {
  const df = before.length + after.length - 3;
  if (df < 2) return null;
  const arms = [before, after].map((points) => {
    const time = mean(points.map(([t]) => t));
    const value = mean(points.map(([, v]) => v));
    let tt = 0;
    let tv = 0;
    let vv = 0;
    for (const [t, v] of points) {
      tt += (t - time) ** 2;
      tv += (t - time) * (v - value);
      vv += (v - value) ** 2;
    }
    return { time, value, tt, tv, vv, count: points.length };
  });
  const [first, second] = [arms[0]!, arms[1]!];
  const tt = first.tt + second.tt;
  if (tt === 0) return null;
  const slope = (first.tv + second.tv) / tt;
  const residual = Math.max(0, first.vv + second.vv - slope * (first.tv + second.tv)) / df;
  const apart = second.time - first.time;
  return {
    slope,
    slopePValue: pValueOf({ value: slope, standardError: Math.sqrt(residual / tt), df }),
    step: {
      value: second.value - first.value - slope * apart,
      standardError: Math.sqrt(residual * (1 / first.count + 1 / second.count + apart ** 2 / tt)),
      df,
    },
  };
}

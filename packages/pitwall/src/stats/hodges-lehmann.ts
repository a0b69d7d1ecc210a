import { sortedQuantile } from './quantile.ts';
import { outsideInterval } from './rank-tests.ts';

/**
 * The Hodges–Lehmann estimates: nearly as precise as the mean under normal noise (95 %), and a single wild value hardly
 * moves them. Their intervals invert the exact rank tests, so they hold for any shape of noise.
 * Sources: J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests", Annals of Mathematical Statistics 34
 * (1963); intervals: M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, §3.3 and §4.3.
 */

export type Interval = readonly [low: number, high: number];

/** Shift from `before` to `after`: the median of all pairwise differences. NaN when either is empty. */
export function shift(before: readonly number[], after: readonly number[]): number {
  return sortedQuantile(differencesOf(before, after), 0.5);
}

/** Centre of values (of paired differences, for example): the median of all pairwise means. NaN of nothing. */
export function centre(values: readonly number[]): number {
  return sortedQuantile(walshAverages(values), 0.5);
}

/** Interval of `shift` at `level` (0–1) or just above; null when so few values cannot give that level. */
export function shiftInterval(before: readonly number[], after: readonly number[], level: number): Interval | null {
  return inner(differencesOf(before, after), outsideInterval(before.length, after.length, level));
}

/** Interval of `centre` at `level` (0–1) or just above; null when so few values cannot give that level. */
export function centreInterval(values: readonly number[], level: number): Interval | null {
  return inner(walshAverages(values), outsideInterval(values.length, null, level));
}

function inner(ascending: Float64Array, outside: number): Interval | null {
  if (outside < 0) return null;
  return [ascending[outside]!, ascending[ascending.length - 1 - outside]!];
}

function differencesOf(before: readonly number[], after: readonly number[]): Float64Array {
  const result = new Float64Array(before.length * after.length);
  let i = 0;
  for (const a of after) for (const b of before) result[i++] = a - b;
  return result.sort();
}

function walshAverages(values: readonly number[]): Float64Array {
  const result = new Float64Array((values.length * (values.length + 1)) / 2);
  let i = 0;
  for (let a = 0; a < values.length; a++) {
    for (let b = a; b < values.length; b++) result[i++] = (values[a]! + values[b]!) / 2;
  }
  return result.sort();
}

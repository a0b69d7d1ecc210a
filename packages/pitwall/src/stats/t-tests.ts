import { mean, variance } from './quantile.ts';
import { tQuantile, tTwoSided } from './t-distribution.ts';

/** An estimate with its uncertainty, from which tests and intervals follow. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly df: number;
}

/**
 * Mean of `after` minus mean of `before`, variances not taken to be equal. Both need at least two values.
 * Source: B. L. Welch, "The generalization of Student's problem when several different population variances are
 * involved", Biometrika 34 (1947).
 */
export function welch(before: readonly number[], after: readonly number[]): Estimate {
  const a = variance(before) / before.length;
  const b = variance(after) / after.length;
  const df = (a + b) ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1));
  // Both arms constant: no uncertainty, whatever the degrees of freedom.
  return { value: mean(after) - mean(before), standardError: Math.sqrt(a + b), df: a + b > 0 ? df : 1 };
}

/** Mean of paired differences, with Student's t. Needs at least two. */
export function pairedMean(differences: readonly number[]): Estimate {
  return {
    value: mean(differences),
    standardError: Math.sqrt(variance(differences) / differences.length),
    df: differences.length - 1,
  };
}

/** Two-sided p-value of the true value being 0. */
export function pValueOf({ value, standardError, df }: Estimate): number {
  if (standardError === 0) return value === 0 ? 1 : 0;
  return tTwoSided(value / standardError, df);
}

/** Two-sided interval at `level` (0–1, for example 0.95). */
export function intervalOf(
  { value, standardError, df }: Estimate,
  level: number,
): readonly [low: number, high: number] {
  const half = standardError === 0 ? 0 : tQuantile((1 + level) / 2, df) * standardError;
  return [value - half, value + half];
}

/**
 * Smallest true difference that a two-sided test at 5 % would have found in 4 of 5 repetitions, from the half-width of the
 * 95 % interval: half-width · (t₀.₉₇₅ + t₀.₈) / t₀.₉₇₅.
 * Source: H. S. Bloom, "Minimum detectable effects", Evaluation Review 19 (1995).
 */
export function minimumDetectable(halfWidth: number, df: number): number {
  return halfWidth * (1 + tQuantile(0.8, df) / tQuantile(0.975, df));
}

import { normalEquations, solve } from './least-squares.ts';
import { mean } from './quantile.ts';
import { tQuantile } from './t-distribution.ts';

/** A stretch of time: how often each kind of thing happened, and what all of them together used up. */
export interface Stretch {
  readonly counts: readonly number[];
  readonly total: number;
}

export interface Share {
  /** Used up by one of its kind; never below 0. */
  readonly each: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
}

/** Stretches that are needed: ten, and three a kind. With fewer the errors of the errors are too large. */
export const leastStretches = (kinds: number): number => Math.max(10, 3 * kinds);

/**
 * Tells apart what each kind used up, from stretches in which their mix was another: least squares without a constant (what
 * runs in the background is shared out with the rest, as it is in total ÷ count), each share ≥ 0. Null when the stretches are
 * too few, or their mix so fixed that there are many answers.
 *
 * Intervals are those of the unconstrained fit, cut at 0, with errors that stay right when stretches are differently noisy
 * (HC3; J. S. Long, L. H. Ervin, "Using heteroscedasticity consistent standard errors in the linear regression model",
 * The American Statistician 54 (2000)). Non-negative fit: C. L. Lawson, R. J. Hanson, "Solving Least Squares Problems", §23,
 * as its simple form that drops the most negative share until none is left.
 */
export function apportion(stretches: readonly Stretch[]): readonly Share[] | null {
  const kinds = stretches[0]?.counts.length ?? 0;
  if (kinds === 0 || stretches.length < leastStretches(kinds)) return null;
  const rows = stretches.map(({ counts, total }) => ({ residual: total, gradient: counts }));
  const { matrix, vector } = normalEquations(rows);
  const free = solve(matrix, vector);
  if (free === null || free.some((each) => !Number.isFinite(each))) return null;
  const errors = standardErrors(stretches, matrix, free);
  if (errors === null) return null;
  const reach = tQuantile(0.975, stretches.length - kinds);
  return nonNegative(matrix, vector, free).map((each, i): Share => {
    const low = Math.max(0, free[i]! - reach * errors[i]!);
    const high = Math.max(0, free[i]! + reach * errors[i]!);
    return { each, interval: [Math.min(low, each), Math.max(high, each)] };
  });
}

function nonNegative(
  matrix: readonly (readonly number[])[],
  vector: readonly number[],
  free: readonly number[],
): number[] {
  let kept = free.map((_, i) => i);
  let shares = [...free];
  while (shares.some((each) => each < 0)) {
    const worst = shares.reduce((least, each, i) => (each < shares[least]! ? i : least), 0);
    kept = kept.filter((i) => i !== worst);
    const some = solve(
      kept.map((i) => kept.map((j) => matrix[i]![j]!)),
      kept.map((i) => vector[i]!),
    );
    shares = free.map((_, i) => (kept.includes(i) && some ? some[kept.indexOf(i)]! : 0));
  }
  return shares;
}

/** HC3: (XᵀX)⁻¹ Xᵀ diag(e² ÷ (1 − h)²) X (XᵀX)⁻¹. Null when one stretch alone decides a share. */
function standardErrors(
  stretches: readonly Stretch[],
  matrix: readonly (readonly number[])[],
  shares: readonly number[],
): number[] | null {
  const size = shares.length;
  const inverse = matrix.map((_, i) =>
    solve(
      matrix,
      matrix.map((_, j) => (i === j ? 1 : 0)),
    ),
  );
  if (inverse.some((row) => row === null)) return null;
  const weights = stretches.map(({ counts }) =>
    inverse.map((row) => row!.reduce((sum, a, j) => sum + a * counts[j]!, 0)),
  );
  const variances = new Array<number>(size).fill(0);
  for (const [n, { counts, total }] of stretches.entries()) {
    const leverage = counts.reduce((sum, count, i) => sum + count * weights[n]![i]!, 0);
    if (!(leverage < 1 - 1e-9)) return null;
    const residual = total - counts.reduce((sum, count, i) => sum + count * shares[i]!, 0);
    for (let i = 0; i < size; i++) variances[i]! += (weights[n]![i]! * (residual / (1 - leverage))) ** 2;
  }
  return variances.map(Math.sqrt);
}

/** What one thing used up on average, of whatever kind; NaN of nothing. */
export function overallEach(stretches: readonly Stretch[]): number {
  const things = stretches.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  return mean(stretches.map(({ total }) => total)) / mean(things);
}

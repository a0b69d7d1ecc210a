export type Vector = readonly number[];

/** One measurement at some parameters: measured − model, and the derivatives of the *model* by each parameter. */
export interface Residual {
  readonly residual: number;
  readonly gradient: Vector;
}

/** Enough for any start that is in the right valley; a step that does not help is only damped more. */
const STEPS = 200;
const DAMPING = { first: 1e-3, less: 0.1, more: 10, most: 1e12 } as const;
/** Relative gain below which the sum of squares counts as settled. */
const SETTLED = 1e-13;

/**
 * Parameters with the least sum of squared residuals near `start`: Levenberg–Marquardt with Marquardt's scaling, so that
 * parameters may differ by orders of magnitude. Linear problems are solved as well. Returns the best that was found.
 * Source: D. W. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", J. SIAM 11 (1963).
 */
export function damped(start: Vector, residuals: (parameters: Vector) => readonly Residual[]): Vector {
  let at = start;
  let rows = residuals(at);
  let sum = squaresOf(rows);
  let damping: number = DAMPING.first;
  for (let step = 0; step < STEPS && damping < DAMPING.most; step++) {
    const { matrix, vector } = normalEquations(rows);
    const scaled = matrix.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
    const change = solve(scaled, vector);
    const next = change && at.map((value, i) => value + change[i]!);
    const nextRows = next && residuals(next);
    const nextSum = nextRows ? squaresOf(nextRows) : Number.NaN;
    if (!next || !nextRows || !(nextSum <= sum)) {
      damping *= DAMPING.more;
      continue;
    }
    const gain = sum - nextSum;
    at = next;
    rows = nextRows;
    sum = nextSum;
    damping *= DAMPING.less;
    if (gain <= SETTLED * sum) break;
  }
  return at;
}

function squaresOf(rows: readonly Residual[]): number {
  return rows.reduce((sum, { residual }) => sum + residual ** 2, 0);
}

/** JᵀJ and Jᵀr. */
export function normalEquations(rows: readonly Residual[]): { readonly matrix: number[][]; readonly vector: number[] } {
  const size = rows[0]?.gradient.length ?? 0;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const vector = new Array<number>(size).fill(0);
  for (const { residual, gradient } of rows) {
    for (let i = 0; i < size; i++) {
      vector[i]! += gradient[i]! * residual;
      for (let j = 0; j < size; j++) matrix[i]![j]! += gradient[i]! * gradient[j]!;
    }
  }
  return { matrix, vector };
}

/** Solves matrix · x = vector by elimination with row pivoting and scaling of the diagonal; null when it is singular. */
export function solve(matrix: readonly Vector[], vector: Vector): number[] | null {
  const size = vector.length;
  // Unit diagonal: parameters of very different size must not look like a singular matrix.
  const scale = matrix.map((row, i) => 1 / Math.sqrt(Math.abs(row[i]!) || 1));
  const rows = matrix.map((row, i) => [
    ...row.map((value, j) => value * scale[i]! * scale[j]!),
    vector[i]! * scale[i]!,
  ]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]![column]!;
    if (!(Math.abs(lead) > 1e-14)) return null;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / lead;
      for (let k = column; k <= size; k++) rows[row]![k]! -= factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => (row[size]! / row[i]!) * scale[i]!);
}

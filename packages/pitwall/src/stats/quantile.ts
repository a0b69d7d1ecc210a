/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample variance (divides by n − 1), in squared units of the values; NaN below two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum / (values.length - 1);
}

/**
 * Quantile by linear interpolation between order statistics, `probability` 0–1; NaN of nothing.
 * Type 7 of R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996):
 * what R, NumPy and spreadsheets give by default.
 */
export function quantile(values: readonly number[], probability: number): number {
  return sortedQuantile(Float64Array.from(values).sort(), probability);
}

/** As `quantile`, of values already ascending. */
export function sortedQuantile(ascending: ArrayLike<number>, probability: number): number {
  if (ascending.length === 0) return Number.NaN;
  const position = (ascending.length - 1) * Math.min(1, Math.max(0, probability));
  const below = Math.floor(position);
  const low = ascending[below]!;
  const high = ascending[Math.min(below + 1, ascending.length - 1)]!;
  return low === high ? low : low + (position - below) * (high - low);
}

/** Middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below or at which `percent` (0–100) of the values lie: an observed value, never an interpolated one, the same
 * definition as `Histogram.percentile` (nearest rank). NaN of nothing.
 */
export function nearestRank(values: readonly number[], percent: number): number {
  const ascending = Float64Array.from(values).sort();
  return ascending[Math.max(1, Math.ceil((percent / 100) * ascending.length)) - 1] ?? Number.NaN;
}

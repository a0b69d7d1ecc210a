/**
 * Holm's step-down correction: adjusted p-values, in the order given. Calling every p below α significant then errs at all
 * with a probability of at most α, however the tests depend on each other. NaN stays NaN and does not count as a test.
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).filter((i) => !Number.isNaN(pValues[i]));
  order.sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.map(() => Number.NaN);
  let largest = 0;
  for (const [position, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - position) * pValues[index]!));
    adjusted[index] = largest;
  }
  return adjusted;
}

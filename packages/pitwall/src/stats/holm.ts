/**
 * Holm's step-down correction: adjusted p-values, in the order given. Calling every p below α significant then errs at all
 * with a probability of at most α, however the tests depend on each other. NaN stays NaN and does not count as a test.
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
 *
 * @param weights > 0: what share of the 5 % each test has (§4 of the paper); they have to be set before the data are looked at. All
 *   the same when absent.
 */
export function holm(pValues: readonly number[], weights?: readonly number[]): number[] {
  const weight = (i: number) => weights?.[i] ?? 1;
  const order = pValues.map((_, i) => i).filter((i) => !Number.isNaN(pValues[i]));
  order.sort((a, b) => pValues[a]! / weight(a) - pValues[b]! / weight(b));
  const adjusted = pValues.map(() => Number.NaN);
  let left = order.reduce((sum, i) => sum + weight(i), 0);
  let largest = 0;
  for (const i of order) {
    largest = Math.max(largest, Math.min(1, (left / weight(i)) * pValues[i]!));
    adjusted[i] = largest;
    left -= weight(i);
  }
  return adjusted;
}

import { sortedQuantile } from './quantile.ts';
import type { Random } from './random.ts';

/**
 * The quantile (`probability` 0–1) of a statistic when its values are drawn again, with replacement, from those seen.
 * `statistic` gets a function that draws `count` values; it may call it more than once.
 * Source: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979).
 *
 * Not used for intervals of block values: with 5–10 of them percentile and BCa intervals are much too narrow (a nominal 95 %
 * covers about 85–90 %, see T. C. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69
 * (2015), §4), which is why verify/ takes Student and rank intervals. It serves where a statistic has no formula.
 */
export function bootstrapQuantile(
  values: readonly number[],
  statistic: (draw: (count: number) => number[]) => number,
  probability: number,
  resamples: number,
  random: Random,
): number {
  if (values.length === 0) return Number.NaN;
  const draw = (count: number): number[] => {
    const drawn: number[] = [];
    for (let i = 0; i < count; i++) drawn.push(values[Math.floor(random() * values.length)]!);
    return drawn;
  };
  return sortedQuantile(Float64Array.from({ length: resamples }, () => statistic(draw)).sort(), probability);
}

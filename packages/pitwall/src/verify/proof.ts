import type { Comparison, PredictedEffect, ProvedEffect, Selector } from '../model/change.ts';
import { labelsInclude } from '../stats/labels.ts';

/**
 * Each prediction beside what the trial measured of the statement: by the first of its `measuredBy` of which there is a
 * comparison. The sign is only said to be right or wrong where the interval in place leaves 1 out.
 */
export function provedEffects(
  predictions: readonly PredictedEffect[],
  target: string,
  comparisons: readonly Comparison[],
): readonly ProvedEffect[] {
  return predictions.map((prediction) => {
    const found = prediction.measuredBy
      .map((selector) => comparisons.find((one) => one.target === target && selects(selector, one)))
      .find((one) => one !== undefined);
    if (!found) return { ...prediction, inPlace: null, signRight: null };
    const { before, after, ratio, interval, blocks } = found;
    return {
      ...prediction,
      inPlace: { before, after, ratio, interval, blocks: Math.min(blocks.before, blocks.after) },
      signRight: signRight(prediction, interval),
    };
  });
}

function selects(selector: Selector, { indicator, labels }: Comparison): boolean {
  return selector.indicator === indicator && labelsInclude(labels, selector.labels);
}

function signRight({ copy, planner }: PredictedEffect, [low, high]: readonly [number, number]): boolean | null {
  const predicted = copy?.ratio ?? planner;
  if (predicted === null || predicted === 1 || (low <= 1 && high >= 1)) return null;
  return predicted < 1 === high < 1;
}

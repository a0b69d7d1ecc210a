import type { ChangeDraft } from '../../model/change.ts';
import { formatCost, formatEffect } from '../format.ts';

/** Of what a prediction is about: only sizes do not get faster or slower. */
function unitOf({ affects }: Pick<ChangeDraft, 'affects'>): 'By' | 's' {
  return affects.length > 0 && affects.every(({ indicator }) => indicator.endsWith('.size')) ? 'By' : 's';
}

/** `25× faster`; `25× less cost for the planner` where nothing was measured: its cost is no time. Null: nothing is predicted. */
export function predictionText(draft: Pick<ChangeDraft, 'affects' | 'predictedRatio' | 'predictions'>): string | null {
  const { predictedRatio: ratio, predictions = [] } = draft;
  if (ratio === undefined) return null;
  const isPlanners =
    predictions.some(({ planner }) => planner !== null) && predictions.every(({ copy }) => copy === null);
  if (isPlanners) return `${formatCost(ratio)} for the planner`.replace('no change for', 'no other for');
  return formatEffect(ratio, unitOf(draft)).replace('no change', 'no different');
}

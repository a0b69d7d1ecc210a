import type { LoadTick } from '../../../model/load.ts';
import type { SearchObjective, SearchPlan, SearchStep } from '../../../model/search.ts';
import { knownOf } from '../../../stats/enough.ts';
import { formatDuration, formatNumber, formatPercent } from '../../format.ts';
import { sentence } from '../words.ts';
import { objectiveText, rateText, searchedWord } from './words.ts';

/** What a search says while it runs: a line a step that stays, and what changes every second. */
export function planLines(plan: SearchPlan, objectives: readonly SearchObjective[]): readonly string[] {
  const steps = `from ${rateText(plan.from)}, steps of ${formatDuration(plan.stepDuration)}, to within ${formatPercent(plan.resolution)}`;
  return [
    `searching for the highest rate that keeps the objectives (${steps}):`,
    ...objectives.map(
      (objective) => `  ${objectiveText(objective)}   (${sentence(objective.source).replace(/\.$/, '')})`,
    ),
  ];
}

export function stepLine(step: Omit<SearchStep, 'resources'>): string {
  const { word } = searchedWord(step);
  const { p50, p99 } = knownOf({ p50: step.p50, p99: step.p99 }, step.sent);
  const figures = `p50 ${formatDuration(p50)}  p99 ${formatDuration(p99)}  ${formatPercent(step.errorRatio)} errors`;
  const because = step.verdict === 'pass' ? '' : `  ${sentence(step.because)}`;
  return `${rateText(step.rate).padStart(9)}  ${word.padEnd(10)}  ${figures}${because}`;
}

export function tickLine({ at, completed, errors, ...tick }: LoadTick): string {
  const { p50, p99 } = knownOf({ p50: tick.p50, p99: tick.p99 }, completed);
  return `${at.toFixed(0).padStart(4)} s  ${formatNumber(completed)} answers/s  p50 ${formatDuration(p50)}  p99 ${formatDuration(p99)}  ${formatNumber(errors)} errors`;
}

export const recoverLine = (): string => 'waiting until the service has come back to rest …';

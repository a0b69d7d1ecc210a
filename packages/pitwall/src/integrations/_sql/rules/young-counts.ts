import { counted, either } from '../../../model/plural.ts';
import type { RuleView, Threshold } from '../../../model/rule.ts';
import { LEAST_WINDOW } from '../basis.ts';

/** Thresholds of a rule that judges by shares of counts (`youngCounts`). */
export const enoughCounted = {
  minimumWindow: {
    value: LEAST_WINDOW,
    unit: 's',
    source: 'Own choice: ten minutes see more than one burst. Of less, a job that has just run has most of everything.',
  },
  minimumCalls: {
    value: 100,
    unit: 'calls',
    source: 'Own choice: of fewer calls of all statements a single one is a hundredth or more, and chance decides.',
  },
} as const satisfies Readonly<Record<string, Threshold>>;

/** What was counted of all statements together. */
export interface Counts {
  /** Seconds that the counts cover; null: not known. */
  readonly window: number | null;
  readonly calls: number;
}

/** Why shares of these counts say nothing yet, as a sentence; null when they do. Counts of unknown age are judged by their calls alone. */
export function youngCounts(view: RuleView, { window, calls }: Counts): string | null {
  const leastWindow = view.threshold('minimumWindow');
  if (window !== null && window < leastWindow) {
    return `statements were counted for ${Math.round(window)} s: too little to judge shares by, which takes ${leastWindow} s`;
  }
  const leastCalls = view.threshold('minimumCalls');
  return calls < leastCalls
    ? `${counted(calls, 'call')} of statements ${either(calls, 'was', 'were')} counted altogether: too little to judge shares by, which takes ${counted(leastCalls, 'call')}`
    : null;
}

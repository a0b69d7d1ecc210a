import { mean } from '../stats/quantile.ts';
import { ABSOLUTE_FLOOR } from './scale.ts';

/**
 * Failures come in bursts, so the middle of the blocks says little about them: their mean counts. A service that failed at most
 * once in a thousand requests and now fails more than once in a thousand more, got worse: `appeared`, no test has to agree.
 * Where requests failed before, a test decides (blocks differ by chance); one that cannot tell is no excuse for a mean that
 * grew by more than half: `grew`. [judgement]
 */
export function failureGrowth(before: readonly number[], after: readonly number[]): 'none' | 'grew' | 'appeared' {
  const [was, is] = [mean(before), mean(after)];
  const floor = ABSOLUTE_FLOOR['1'];
  if (is <= was + floor) return 'none';
  if (was <= floor) return 'appeared';
  return is > 1.5 * was ? 'grew' : 'none';
}

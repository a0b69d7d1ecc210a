import type { LoadResult } from '../../model/load.ts';
import type { SearchResult } from '../../model/search.ts';

/**
 * What an invalid load is that a report shows beside the answer of a search, and what the answer rests on, as one sentence; null
 * for a valid one. It is that of a step at the answer whose generator was unwell, or of the last step where none passed.
 */
export function shownLoad(
  { highestPassing, steps }: Pick<SearchResult, 'highestPassing' | 'steps'>,
  load: Pick<LoadResult, 'rate' | 'valid'> | null,
): string | null {
  if (load === null || load.valid) return null;
  const shown = `The load beside this, which is marked INVALID, is the step at ${load.rate}/s`;
  if (highestPassing !== null && load.rate === highestPassing) {
    return `${shown}: it kept the objectives although the generator was not well, which only adds to times, so the answer stands, and the load's own figures do not.`;
  }
  if (highestPassing !== null) {
    return `${shown}, tried beyond the answer: the answer rests on the steps that passed.`;
  }
  const counted = steps.some(({ rate, verdict }) => rate === load.rate && (verdict === 'fail' || verdict === 'danger'));
  return counted
    ? `${shown}, the last that ran: that it failed counts, and the load's own figures do not.`
    : `${shown}, the last that ran: the generator was the limit, so it counts for nothing.`;
}

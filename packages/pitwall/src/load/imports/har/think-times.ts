import type { ThinkTime } from '../../../model/scenario.ts';
import type { ImportNotes } from '../notes.ts';
import { counted } from '../words.ts';
import type { HarEntry } from './read.ts';

/** Shorter gaps are a page that is at work, not a person. Seconds. */
const SHORTEST = 0.1;
/** Nobody wants a load that waits for somebody's lunch. */
const LONGEST = 300;

/** The pause after each entry: from the end of all that was under way until the next one began. */
export function thinkTimes(
  entries: readonly Pick<HarEntry, 'start' | 'end'>[],
  notes: ImportNotes,
): readonly (ThinkTime | null)[] {
  let busyUntil = Number.NEGATIVE_INFINITY;
  let overlapping = 0;
  const thinks = entries.map(({ end }, index): ThinkTime | null => {
    busyUntil = Math.max(busyUntil, end);
    const next = entries[index + 1];
    if (!next) return null;
    if (next.start < busyUntil) overlapping++;
    const gap = next.start - busyUntil;
    if (gap < SHORTEST) return null;
    if (gap > LONGEST) notes.leaveOut('pause', 'it is longer than 5 minutes and cut to that');
    return { distribution: 'constant', mean: Math.min(gap, LONGEST) };
  });
  if (overlapping > 0) {
    notes.remark(
      `${counted(overlapping, 'request')} began while another was under way: here a user sends one after the other.`,
    );
  }
  return thinks;
}

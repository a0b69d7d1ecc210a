import { PitwallError } from '../errors.ts';
import type { JournalEntry, JournalState } from '../model/change.ts';
import { closest } from '../model/closest.ts';

/** Of ids that are listed in a sentence. */
const MOST_LISTED = 10;

/** What became of a change that is neither kept nor taken back. */
const ENDED: Readonly<Partial<Record<JournalState, string>>> = {
  failed: 'was never made',
  conflict: 'is a conflict: it was changed by somebody else and left as it is',
};

/**
 * The kept changes that a person means: `all`, one by its id in the journal (`p…-c5`), or by its id in the plan (`c5`) where
 * only one kept change has it. `back`: the change is known and was taken back before, so there is nothing to do. An id that is
 * known is never taken for a mistyped one. Throws USAGE for all else, naming the candidates.
 */
export function chooseKept(
  entries: readonly JournalEntry[],
  wanted: string,
): { readonly chosen: readonly JournalEntry[]; readonly back: JournalEntry | null } {
  const kept = entries.filter(({ state }) => state === 'kept');
  if (wanted === 'all') return { chosen: kept, back: null };
  const exact = entries.find(({ id }) => id === wanted);
  if (exact) return one(exact);
  const named = entries.filter(({ change }) => change.id === wanted);
  const namedKept = named.filter(({ state }) => state === 'kept');
  if (namedKept.length === 1) return one(namedKept[0]!);
  if (namedKept.length > 1) {
    throw refused(`Several kept changes are called ${wanted}: ${listed(namedKept)}. Give the whole id.`);
  }
  if (named.length === 1) return one(named[0]!);
  if (named.length > 1) {
    throw refused(`None of the changes called ${wanted} is kept (${listed(named)}).${keptText(kept)}`);
  }
  const meant = closest(wanted, alike(wanted, kept));
  throw refused(`There is no change ${wanted}.${meant ? ` Did you mean ${meant}?` : keptText(kept)}`);
}

function one(entry: JournalEntry): ReturnType<typeof chooseKept> {
  if (entry.state === 'kept') return { chosen: [entry], back: null };
  if (entry.state === 'rolled-back') return { chosen: [], back: entry };
  const what = ENDED[entry.state] ?? 'is not finished: `pitwall recover` takes it back';
  throw refused(`${entry.id} ${what}${entry.because ? ` (${entry.because})` : ''}.`);
}

/** Another number is another change, and no slip of the hand: only ids that end alike. */
function alike(wanted: string, kept: readonly JournalEntry[]): readonly string[] {
  const end = /c\d+(-\d+)?$/.exec(wanted)?.[0];
  return kept.map(({ id }) => id).filter((id) => end === undefined || id.endsWith(`-${end}`));
}

function keptText(kept: readonly JournalEntry[]): string {
  return kept.length === 0 ? ' None is kept.' : ` Kept: ${listed(kept)}.`;
}

function listed(entries: readonly JournalEntry[]): string {
  const ids = entries.slice(0, MOST_LISTED).map(({ id }) => id);
  const more = entries.length - ids.length;
  return `${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function refused(what: string): PitwallError {
  return new PitwallError('USAGE', { what, command: 'rollback' });
}

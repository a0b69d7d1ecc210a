import { PitwallError } from '../errors.ts';
import type { JournalEntry } from '../model/change.ts';
import { closest } from '../model/closest.ts';
import type { Store } from '../model/store.ts';
import { type Recovered, rollBack } from '../tune/recover.ts';
import { rememberTakenBack } from './advice-memory.ts';
import type { Session } from './session.ts';
import { type TuningOptions, tuneContext, withLock } from './tuning.ts';

export type { Recovered } from '../tune/recover.ts';

/** Takes back what an interrupted apply left unfinished. Returns what became of each, newest first. */
export function recoverUnfinished(
  session: Session,
  store: Store,
  options: TuningOptions,
): Promise<readonly Recovered[]> {
  return withLock(session, tuneContext(session, store, options), async (recovered) => recovered);
}

/**
 * Takes kept changes back: one by its id, or `all` in reverse order; first of all what an interrupted apply left. Throws
 * USAGE when there is no such kept change.
 */
export function rollBackKept(
  session: Session,
  store: Store,
  wanted: string,
  options: TuningOptions,
): Promise<readonly Recovered[]> {
  const tune = tuneContext(session, store, options);
  return withLock(session, tune, async (recovered) => {
    const kept = (await store.journal.list()).filter(({ state }) => state === 'kept');
    const chosen = wanted === 'all' ? kept : [oneOf(kept, wanted)];
    const done = await rollBack(tune, chosen);
    for (const { entry, outcome } of done) if (outcome === 'rolled-back') await rememberTakenBack(store, entry.change);
    return [...recovered, ...done];
  });
}

function oneOf(kept: readonly JournalEntry[], wanted: string): JournalEntry {
  const entry = kept.find(({ id }) => id === wanted);
  if (entry) return entry;
  const ids = kept.map(({ id }) => id);
  const meant = closest(wanted, ids);
  const hint = meant ? ` Did you mean ${meant}?` : ids.length > 0 ? ` Kept: ${ids.join(', ')}.` : ' None is kept.';
  throw new PitwallError('USAGE', { what: `There is no kept change ${wanted}.${hint}`, command: 'rollback' });
}

import type { JournalEntry } from '../model/change.ts';
import type { Store } from '../model/store.ts';
import { type Recovered, rollBack } from '../tune/recover.ts';
import { rememberTakenBack } from './advice-memory.ts';
import { chooseKept } from './choose-kept.ts';
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

export interface TakenBack {
  readonly done: readonly Recovered[];
  /** The change that was meant, where it was taken back before: there was nothing to do for it. */
  readonly back: JournalEntry | null;
}

/**
 * Takes kept changes back: one by its id (see `chooseKept`), or `all` in reverse order; first of all what an interrupted apply
 * left. Throws USAGE when there is no such change.
 */
export function rollBackKept(
  session: Session,
  store: Store,
  wanted: string,
  options: TuningOptions,
): Promise<TakenBack> {
  const tune = tuneContext(session, store, options);
  return withLock(session, tune, async (recovered) => {
    const { chosen, back } = chooseKept(await store.journal.list(), wanted);
    const done = await rollBack(tune, chosen);
    for (const { entry, outcome } of done) if (outcome === 'rolled-back') await rememberTakenBack(store, entry.change);
    return { done: [...recovered, ...done], back };
  });
}

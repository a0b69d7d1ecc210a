import { PitwallError, reasonOf } from '../errors.ts';
import type { JournalEntry } from '../model/change.ts';
import { findTunable, readState, type TuneContext } from './context.ts';
import { hasKeepDirectory, removeIfEmpty } from './keep-directory.ts';
import { sameState, showState } from './same.ts';
import { conflictOf, originalOf, record, undoContext } from './undo.ts';

/** The change stays. What only an unproved change needs (a full backup) is deleted; what a later roll-back needs is not. */
export async function keep(context: TuneContext, entry: JournalEntry, because?: string): Promise<JournalEntry> {
  context.onStep?.('journal-kept', entry.change);
  const kept = await record(context, entry, 'kept', because === undefined ? {} : { because });
  context.onStep?.('release', entry.change);
  // It is kept and recorded as such: what cannot be deleted now is deleted by the next recovery.
  await releaseKept(context, entry).catch(() => {});
  context.onStep?.('settled', entry.change);
  return kept;
}

/** Deletes what a kept change has no use for any more. */
export async function releaseKept(context: TuneContext, entry: JournalEntry): Promise<void> {
  if (!hasKeepDirectory(context.keepDirectory, entry.id)) return;
  const at = await context.resolve({ entry });
  try {
    const tunable = findTunable(at.integration, entry.change.tunable);
    await tunable.release?.(at.connection, originalOf(entry), undoContext(context, entry, false));
    removeIfEmpty(context.keepDirectory, entry.id);
  } finally {
    await at.close();
  }
}

/**
 * Puts a written change to one of its two states, for an interleaved trial; for tunables that toggle. The entry stays
 * unfinished all the time, so a kill anywhere in between ends in the original. Returns the entry as it then is.
 *
 * Throws CHANGE_FAILED when the target is in neither of the two states (somebody else changed it), and what the
 * tunable's `write` and `undo` throw. When `write` finds that somebody was faster, the entry becomes a conflict.
 */
export async function switchTo(
  context: TuneContext,
  entry: JournalEntry,
  to: 'original' | 'changed',
): Promise<JournalEntry> {
  const at = await context.resolve({ entry });
  try {
    const { change } = entry;
    const tunable = findTunable(at.integration, change.tunable);
    const original = originalOf(entry);
    context.onStep?.('switch', change);
    const state = await readState(tunable, at.connection, change);
    const isOriginal = sameState(state, original.state);
    if (isOriginal === (to === 'original')) return entry;
    const conflict = isOriginal ? null : conflictOf(entry, tunable, state);
    if (conflict !== null) throw new PitwallError('CHANGE_FAILED', { subject: entry.id, reason: conflict });
    if (to === 'original') {
      await tunable.undo(at.connection, change, original, undoContext(context, entry, false));
      const restored = await readState(tunable, at.connection, change);
      if (!sameState(restored, original.state)) throw unexpected(entry, showState(restored));
      return entry;
    }
    // Written anew it may read differently (ANALYZE of newer rows): until that is recorded, nothing is known about it.
    const intent = await record(context, entry, 'intent', { written: null });
    await tunable
      .write(at.connection, change, { ...undoContext(context, entry, false), signal: context.signal })
      .catch(async (error) => {
        // What is there now is somebody else's, also if it looks like ours: nothing of it may be taken back.
        const drifted = error instanceof PitwallError && error.code === 'DRIFT';
        if (drifted) await record(context, entry, 'conflict', { because: reasonOf(error) });
        throw error;
      });
    const written = await readState(tunable, at.connection, change);
    if (!tunable.achieved(written, change)) throw unexpected(entry, showState(written));
    return await record(context, intent, 'written', { written });
  } finally {
    await at.close();
  }
}

function unexpected(entry: JournalEntry, state: string): PitwallError {
  return new PitwallError('CHANGE_FAILED', { subject: entry.id, reason: `it reads ${state} after it was switched` });
}

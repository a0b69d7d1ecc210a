import { PitwallError, reasonOf } from '../errors.ts';
import type { JournalEntry, JournalState } from '../model/change.ts';
import type { Tunable } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import {
  findTunable,
  isServiceFailure,
  journalled,
  type ResolvedTarget,
  readState,
  type TuneContext,
} from './context.ts';
import { removeKeepDirectory } from './keep-directory.ts';
import { sameState, showState } from './same.ts';

export interface Original {
  readonly state: Json;
  readonly captured: Json;
}

/** What was journalled before the write. */
export function originalOf(entry: JournalEntry): Original {
  return entry.original as unknown as Original;
}

/**
 * Takes one change back; idempotent, and right from every state in which a kill can leave the target. Nothing is written
 * when the target already is as it was, and nothing is written when somebody changed it since (`conflict`: it is neither
 * the original nor what we wrote; or its original is needed by a person). Returns the entry in its new state, `rolled-back`
 * or `conflict`, with the reason.
 *
 * Throws UNDO_BLOCKED when it cannot be done now; the entry then stays unfinished, and `recover` tries again. Throws
 * SERVICE_… when it is taken back and recorded as such, and the service, which was stopped for it, does not come up again.
 *
 * @param options.because why, for the history
 * @param options.unwritten state to record when the target turns out never to have been changed
 */
export async function undo(
  context: TuneContext,
  given: JournalEntry,
  options: { readonly because?: string; readonly unwritten?: 'failed' } = {},
): Promise<JournalEntry> {
  // The journal knows best what was written last; the caller's copy may be from before a switch that failed halfway.
  const entry = (await context.journal.get(given.id).catch(() => null)) ?? given;
  if (entry.state === 'conflict') return entry;
  const at = await reconnect(context, entry);
  try {
    const tunable = findTunable(at.integration, entry.change.tunable);
    context.onStep?.('undo-read', entry.change);
    const state = await blockedUnless(entry, () => readState(tunable, at.connection, entry.change));
    const because = options.because === undefined ? {} : { because: options.because };
    if (sameState(state, originalOf(entry).state)) {
      return await settle(context, entry, at, tunable, options.unwritten ?? 'rolled-back', because);
    }
    const conflict = conflictOf(entry, tunable, state);
    if (conflict !== null) return await record(context, entry, 'conflict', { because: conflict });
    context.onStep?.('undo-journal', entry.change);
    // Not being able to note that we begin must not keep us from it: as it stands, the entry is taken back on recovery too.
    await record(context, entry, 'undoing', because).catch(() => {});
    const serviceFailure = await restore(context, entry, at, tunable);
    const done = await settle(context, entry, at, tunable, 'rolled-back', because);
    if (serviceFailure !== null) throw serviceFailure;
    return done;
  } catch (error) {
    if (!(error instanceof PitwallError && error.code === 'ORIGINAL_NEEDED')) throw error;
    // Nothing of it is deleted, and no recovery writes over it: from here on it is a person's.
    return await record(context, entry, 'conflict', { because: reasonOf(error) });
  } finally {
    await at.close();
  }
}

async function reconnect(context: TuneContext, entry: JournalEntry): Promise<ResolvedTarget> {
  return blockedUnless(entry, () => context.resolve({ entry }));
}

/** Null when the target is in a state that we wrote; otherwise the sentence that says what is in the way. */
export function conflictOf(entry: JournalEntry, tunable: Tunable, state: Json): string | null {
  const ours = entry.written === null ? tunable.achieved(state, entry.change) : sameState(state, entry.written);
  if (ours) return null;
  const wrote = showState(entry.written ?? entry.change.to);
  const original = showState(originalOf(entry).state);
  return `somebody changed it since: it was ${original}, Pitwall wrote ${wrote}, and it is ${showState(state)}; left as it is`;
}

/** Forgets a change of which nothing was written: the entry becomes `failed`, what was kept for it is deleted. */
export async function discard(context: TuneContext, entry: JournalEntry, because: string): Promise<void> {
  await record(context, entry, 'failed', { because });
  removeKeepDirectory(context.keepDirectory, entry.id);
}

/**
 * Writes the original and proves it by reading; with the service stopped, when that is needed and allowed. Returns the
 * failure of starting the service again after it was done, or null.
 */
async function restore(
  context: TuneContext,
  entry: JournalEntry,
  at: ResolvedTarget,
  tunable: Tunable,
): Promise<PitwallError | null> {
  let restored = false;
  let serviceFailure: PitwallError | null = null;
  const attempt = async (exclusive: boolean): Promise<void> => {
    context.onStep?.('undo-write', entry.change);
    await tunable.undo(at.connection, entry.change, originalOf(entry), undoContext(context, entry, exclusive));
    context.onStep?.('undo-re-read', entry.change);
    const state = await readState(tunable, at.connection, entry.change);
    if (!sameState(state, originalOf(entry).state)) throw new Error(`it reads ${showState(state)} afterwards`);
    restored = true;
  };
  const exclusive = context.allowRestart ? context.exclusive : null;
  return blockedUnless(entry, async () => {
    try {
      await attempt(false);
    } catch (error) {
      if (!exclusive || !needsItAlone(error, tunable)) throw error;
      await exclusive(() => attempt(true)).catch((failure) => {
        if (!restored || !isServiceFailure(failure)) throw failure;
        serviceFailure = failure;
      });
    }
    return serviceFailure;
  });
}

/** What `write` and `undo` of a tunable get on the way back: never aborted, because stopping halfway helps nobody. */
export function undoContext(context: TuneContext, entry: JournalEntry, exclusive: boolean) {
  return { signal: new AbortController().signal, keepDirectory: `${context.keepDirectory}/${entry.id}`, exclusive };
}

/** A lock passes by itself; the service is only stopped for it where the tunable says that it takes a restart anyway. */
function needsItAlone(error: unknown, { meta }: Tunable): boolean {
  if (!(error instanceof PitwallError)) return false;
  return error.code === 'TARGET_IN_USE' || (error.code === 'TARGET_LOCKED' && meta.effect === 'restart');
}

async function blockedUnless<T>(entry: JournalEntry, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PitwallError && error.code === 'ORIGINAL_NEEDED') throw error;
    throw new PitwallError('UNDO_BLOCKED', { id: entry.id, reason: reasonOf(error) }, { cause: error });
  }
}

/** Deletes first and records then: `release` may find that the original is needed, and does nothing the second time. */
async function settle(
  context: TuneContext,
  entry: JournalEntry,
  at: ResolvedTarget,
  tunable: Tunable,
  state: 'failed' | 'rolled-back',
  because: { readonly because?: string },
): Promise<JournalEntry> {
  context.onStep?.('release', entry.change);
  await blockedUnless(entry, async () =>
    tunable.release?.(at.connection, originalOf(entry), undoContext(context, entry, false)),
  );
  context.onStep?.('journal-rolled-back', entry.change);
  const done = await record(context, entry, state, because);
  removeKeepDirectory(context.keepDirectory, entry.id);
  context.onStep?.('undone', entry.change);
  return done;
}

/** Records a new state of an entry, durably. Throws JOURNAL_FAILED. */
export async function record(
  context: TuneContext,
  entry: JournalEntry,
  state: JournalState,
  more: { readonly because?: string; readonly written?: Json } = {},
): Promise<JournalEntry> {
  const patch = { state, updatedAt: context.now().toISOString(), ...more };
  await journalled('it still says that the change is in progress', () => context.journal.update(entry.id, patch));
  return { ...entry, ...patch };
}

import { type PitwallError, reasonOf } from '../errors.ts';
import type { JournalEntry } from '../model/change.ts';
import { findTunable, isServiceFailure, type TuneContext } from './context.ts';
import { removeOrphans } from './keep-directory.ts';
import { releaseKept } from './settle.ts';
import { record, undo } from './undo.ts';

/** What became of one entry that was taken back, or could not be. */
export interface Recovered {
  readonly entry: JournalEntry;
  readonly outcome: 'rolled-back' | 'conflict' | 'blocked';
  readonly because: string;
}

/**
 * Takes back everything that an earlier run left unfinished, newest first, and deletes originals that nobody needs.
 * One that cannot be taken back does not stop the others. Never throws for one entry; a journal that cannot be read throws.
 */
export async function recover(context: TuneContext): Promise<readonly Recovered[]> {
  const unfinished = [...(await context.journal.unfinished())];
  // A service that did not come up again is not ours to report: whoever recovers starts what is left stopped.
  const { done } = await takeAllBack(context, unfinished, 'an earlier run ended before it was proved');
  const entries = await context.journal.list();
  removeOrphans(context.keepDirectory, entries);
  // Killed between keeping a change and deleting its copy: only space is at stake, so a failure waits for the next time.
  for (const entry of entries) if (entry.state === 'kept') await releaseKept(context, entry).catch(() => {});
  return done;
}

/**
 * A person wants changes taken back: kept ones too. Newest first, each on its own as in `recover`. Throws SERVICE_… when all
 * was tried and the service, which was stopped for it, did not come up again.
 */
export async function rollBack(context: TuneContext, entries: readonly JournalEntry[]): Promise<readonly Recovered[]> {
  const { done, serviceFailure } = await takeAllBack(context, [...entries], 'pitwall rollback was run');
  if (serviceFailure !== null) throw serviceFailure;
  return done;
}

async function takeAllBack(
  context: TuneContext,
  entries: JournalEntry[],
  why: string,
): Promise<{ readonly done: readonly Recovered[]; readonly serviceFailure: PitwallError | null }> {
  const done: Recovered[] = [];
  let serviceFailure: PitwallError | null = null;
  const onServiceFailure = (failure: PitwallError) => {
    serviceFailure = failure;
  };
  for (const entry of entries.sort((a, b) => b.sequence - a.sequence)) {
    done.push(await takeOneBack(context, entry, why, onServiceFailure));
  }
  return { done, serviceFailure };
}

async function takeOneBack(
  context: TuneContext,
  entry: JournalEntry,
  why: string,
  onServiceFailure: (failure: PitwallError) => void,
): Promise<Recovered> {
  try {
    if (await lostByReboot(context, entry)) {
      const because = `${why}; the reboot since then had already undone it`;
      return { entry: await record(context, entry, 'rolled-back', { because }), outcome: 'rolled-back', because };
    }
    const back = await undo(context, entry, { because: why });
    const outcome = back.state === 'conflict' ? 'conflict' : 'rolled-back';
    return { entry: back, outcome, because: back.because ?? why };
  } catch (error) {
    if (!isServiceFailure(error)) return { entry, outcome: 'blocked', because: reasonOf(error) };
    // `undo` lets this pass only when the change is taken back.
    onServiceFailure(error);
    const because = `${why}; but: ${reasonOf(error)}`;
    return { entry: { ...entry, state: 'rolled-back' }, outcome: 'rolled-back', because };
  }
}

/** A change of running state (sysctl) made before the last boot is gone; what is there now is not ours to touch. */
async function lostByReboot(context: TuneContext, entry: JournalEntry): Promise<boolean> {
  if (entry.bootId === context.bootId || entry.bootId === 'unknown' || context.bootId === 'unknown') return false;
  const at = await context.resolve({ entry });
  try {
    return findTunable(at.integration, entry.change.tunable).meta.persistence === 'runtime';
  } finally {
    await at.close();
  }
}

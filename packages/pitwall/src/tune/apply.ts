import { setImmediate } from 'node:timers/promises';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Change, JournalEntry } from '../model/change.ts';
import type { Tunable, WriteContext } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import {
  findTunable,
  isServiceFailure,
  journalled,
  nameOf,
  type ResolvedTarget,
  readState,
  type TuneContext,
  type TuneStep,
} from './context.ts';
import { makeKeepDirectory, removeKeepDirectory } from './keep-directory.ts';
import { sameState, showState } from './same.ts';
import { discard, record, undo } from './undo.ts';

/**
 * Makes one change: read → drift check → validate → capture → journal intent and original → write → re-read → journal.
 * Returns the entry in state `written`; the caller then keeps it or takes it back.
 *
 * When anything fails after the intent was journalled, the change is taken back before this throws. Throws DRIFT,
 * NOTHING_TO_DO, RESTART_NOT_ALLOWED, what the tunable refuses (nothing was written), JOURNAL_FAILED, CHANGE_FAILED (it is
 * back to what it was), UNDO_BLOCKED (it is not, and the message says what is in the way), ORIGINAL_NEEDED (the target is
 * damaged, and its original kept), SERVICE_… (it is back, and the service does not come up), and INTERRUPTED after Ctrl-C.
 */
export async function apply(context: TuneContext, change: Change, planId: string): Promise<JournalEntry> {
  const at = await context.resolve({ target: change.target });
  const tunable = findTunable(at.integration, change.tunable);
  const attempt: Attempt = { context, change, planId, at, tunable, entry: null, untouched: true };
  let failure: unknown;
  try {
    const exclusive = await preflight(attempt);
    const entry = await (exclusive ? exclusive(() => writeJournalled(attempt, true)) : writeJournalled(attempt, false));
    await step(attempt, 'applied');
    return entry;
  } catch (error) {
    failure = error;
  } finally {
    await at.close();
  }
  if (attempt.entry !== null) return takeBack(attempt, attempt.entry, failure);
  throw context.signal.aborted ? new PitwallError('INTERRUPTED', {}, { cause: failure }) : refusal(change, failure);
}

/**
 * Refuses what `apply` would refuse, without changing anything: asked before the blocks of a trial are measured, so that
 * nobody waits for a measurement of a change that cannot be made. `apply` asks again.
 */
export async function precheck(context: TuneContext, change: Change): Promise<void> {
  const at = await context.resolve({ target: change.target });
  const tunable = findTunable(at.integration, change.tunable);
  // Its steps are `apply`'s to tell of.
  const { onStep: _, ...silent } = context;
  try {
    await preflight({ context: silent, change, planId: '', at, tunable, entry: null, untouched: true });
  } catch (error) {
    throw context.signal.aborted ? new PitwallError('INTERRUPTED', {}, { cause: error }) : refusal(change, error);
  } finally {
    await at.close();
  }
}

/** What the system or the target said no to is a refusal; anything else that is not in the table is a bug and stays one. */
function refusal(change: Change, error: unknown): unknown {
  const outside = error instanceof Error && ('syscall' in error || 'errcode' in error);
  if (!outside || error instanceof PitwallError) return error;
  return new PitwallError('CHANGE_REFUSED', { subject: nameOf(change), reason: reasonOf(error) }, { cause: error });
}

interface Attempt {
  readonly context: TuneContext;
  readonly change: Change;
  readonly planId: string;
  readonly at: ResolvedTarget;
  readonly tunable: Tunable;
  /** Set as soon as the journal may have it. */
  entry: JournalEntry | null;
  /** True for as long as it is certain that we have written nothing. */
  untouched: boolean;
}

/** What `write` of a tunable throws when it has written nothing (see its contract). */
const REFUSALS: readonly string[] = ['DRIFT', 'CHANGE_REFUSED', 'TARGET_LOCKED', 'TARGET_IN_USE'];

/** True when a `write` that threw this has written nothing. */
function isRefusal(error: unknown, signal: AbortSignal): boolean {
  if (error instanceof PitwallError) return REFUSALS.includes(error.code);
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

/** Everything that can refuse without stopping the service. Returns how to get the target alone, when that is needed. */
async function preflight(attempt: Attempt): Promise<TuneContext['exclusive']> {
  const { context, change, tunable, at } = attempt;
  const subject = nameOf(change);
  await step(attempt, 'read');
  const state = await readUnchanged(attempt);
  if (!tunable.meta.repeatable && tunable.achieved(state, change)) throw new PitwallError('NOTHING_TO_DO', { subject });
  // Asked again, not taken from the plan: who uses the target may have changed since, and a person may have edited it.
  const reason = (await tunable.restartReason?.(at.connection, change)) ?? null;
  if (reason !== null && !context.allowRestart) throw new PitwallError('RESTART_NOT_ALLOWED', { subject, reason });
  await step(attempt, 'validate');
  await tunable.validate(at.connection, change, state);
  return reason === null ? null : context.exclusive;
}

async function readUnchanged({ tunable, at, change }: Attempt): Promise<Json> {
  const state = await readState(tunable, at.connection, change);
  if (!sameState(state, change.from)) {
    const difference = `it was ${showState(change.from)} and is ${showState(state)}`;
    throw new PitwallError('DRIFT', { subject: nameOf(change), difference });
  }
  return state;
}

async function writeJournalled(attempt: Attempt, exclusive: boolean): Promise<JournalEntry> {
  const { context, change, tunable, at } = attempt;
  const { journal, signal } = context;
  const earlier = await journal.list();
  const id = freeId(`${attempt.planId}-${change.id}`, earlier);
  // Once more, when the service was stopped in between: it may have written while it shut down.
  const state = exclusive ? await readUnchanged(attempt) : change.from;
  let writeContext: WriteContext = { signal, keepDirectory: context.keepDirectory, exclusive };
  let captured: Json = null;
  if (tunable.capture) {
    await step(attempt, 'capture');
    writeContext = { ...writeContext, keepDirectory: makeKeepDirectory(context.keepDirectory, id) };
    captured = await tunable.capture(at.connection, change, writeContext);
    // What was kept has to be the original of this very state.
    await readUnchanged(attempt);
  }
  await step(attempt, 'journal-intent');
  const now = context.now().toISOString();
  const entry: JournalEntry = {
    id,
    planId: attempt.planId,
    sequence: 1 + earlier.reduce((highest, { sequence }) => Math.max(highest, sequence), 0),
    change,
    connection: at.raw,
    integration: at.integration.id,
    original: { state, captured },
    written: null,
    state: 'intent',
    bootId: context.bootId,
    pid: process.pid,
    createdAt: now,
    updatedAt: now,
  };
  await journalled('nothing was changed', () => journal.add(entry)).catch((error) => {
    removeKeepDirectory(context.keepDirectory, id);
    throw error;
  });
  attempt.entry = entry;
  await step(attempt, 'write');
  attempt.untouched = false;
  await tunable.write(at.connection, change, writeContext).catch((error) => {
    attempt.untouched = isRefusal(error, signal);
    throw error;
  });
  await step(attempt, 're-read');
  const written = await readState(tunable, at.connection, change);
  if (!tunable.achieved(written, change)) throw new Error(`after the write it reads ${showState(written)}`);
  await step(attempt, 'journal-written');
  const updatedAt = context.now().toISOString();
  await journalled('the change was taken back', () => journal.update(id, { state: 'written', written, updatedAt }));
  attempt.entry = { ...entry, state: 'written', written, updatedAt };
  return attempt.entry;
}

async function takeBack(attempt: Attempt, entry: JournalEntry, error: unknown): Promise<never> {
  const { context, change, tunable } = attempt;
  const because = context.signal.aborted ? 'interrupted' : reasonOf(error);
  if (error instanceof PitwallError && error.code === 'ORIGINAL_NEEDED') {
    await record(context, entry, 'conflict', { because });
    throw error;
  }
  if (attempt.untouched) {
    // Not even looked at: if somebody else has made this very change meanwhile, it is theirs.
    await discard(context, entry, because);
  } else {
    // Where the original already was what was asked for (a VACUUM in the same mode), finding it does not prove that
    // nothing was written.
    const unwritten = tunable.achieved(change.from, change) ? {} : { unwritten: 'failed' as const };
    const back = await undo(context, entry, { because, ...unwritten });
    if (back.state === 'conflict') {
      const reason = `${because}; ${back.because}`;
      throw new PitwallError('UNDO_BLOCKED', { id: entry.id, reason }, { cause: error });
    }
  }
  // It did not come up with the change; with the original it gets another try, and its failure is then the message.
  if (isServiceFailure(error)) await context.exclusive?.(async () => {});
  if (context.signal.aborted) throw new PitwallError('INTERRUPTED', {}, { cause: error });
  if (error instanceof PitwallError) throw error;
  throw new PitwallError('CHANGE_FAILED', { subject: nameOf(change), reason: because }, { cause: error });
}

async function step({ context, change }: Attempt, name: TuneStep): Promise<void> {
  context.onStep?.(name, change);
  // SQLite's calls block: without a turn of the event loop a Ctrl-C during one would not be seen before the last.
  await setImmediate();
  context.signal.throwIfAborted();
}

/** The same plan can be applied again after it was rolled back; ids in the journal stay unique. */
function freeId(wanted: string, entries: readonly JournalEntry[]): string {
  const taken = new Set(entries.map(({ id }) => id));
  let id = wanted;
  for (let count = 2; taken.has(id); count += 1) id = `${wanted}-${count}`;
  return id;
}

import { PitwallError, printable, reasonOf } from '../errors.ts';
import type { Change, JournalEntry } from '../model/change.ts';
import type { AnyIntegration, Tunable } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import type { Journal } from '../model/store.ts';

/** Emitted when the step is about to begin; `applied`, `undone` and `settled` when all is done. */
export type TuneStep =
  | 'read'
  | 'validate'
  | 'capture'
  | 'journal-intent'
  | 'write'
  | 're-read'
  | 'journal-written'
  | 'applied'
  | 'switch'
  | 'undo-read'
  | 'undo-journal'
  | 'undo-write'
  | 'undo-re-read'
  | 'journal-rolled-back'
  | 'undone'
  | 'journal-kept'
  | 'release'
  | 'settled';

export interface ResolvedTarget {
  readonly integration: AnyIntegration;
  readonly connection: unknown;
  /** How to come back here without the configuration file: options as written, secrets as references. Journalled. */
  readonly raw: Json;
  close(): Promise<void>;
}

/** Stops the service, runs the work, starts the service again whatever happened, and waits until it serves. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

/** What everything in tune/ works with. The caller holds the lock (lock.ts) for as long as it uses this. */
export interface TuneContext {
  readonly journal: Journal;
  /** Connects to a target of the configuration, or to where a journal entry says it was. */
  resolve(where: { readonly target: string } | { readonly entry: JournalEntry }): Promise<ResolvedTarget>;
  /** See boot-id.ts. */
  readonly bootId: string;
  now(): Date;
  /** Aborted by Ctrl-C: what is in progress is taken back. */
  readonly signal: AbortSignal;
  /** Folder for originals too big for the journal; a folder a change is made in it. */
  readonly keepDirectory: string;
  readonly allowRestart: boolean;
  /** Null when the configuration has no service.stop and service.start. */
  readonly exclusive: Exclusive | null;
  onStep?(step: TuneStep, change: Change): void;
}

export function findTunable(integration: AnyIntegration, id: string): Tunable {
  const tunable = integration.tunables.find((candidate) => candidate.id === id);
  if (!tunable) {
    throw new PitwallError('CHANGE_REFUSED', { subject: id, reason: `${integration.id} has no such tunable` });
  }
  return tunable;
}

/** How a change is called in messages: `sqlite/index orders_device on db`. */
export function nameOf(change: Pick<Change, 'tunable' | 'subject' | 'target'>): string {
  return printable(`${change.tunable} ${change.subject} on ${change.target}`.replace(/\s+/g, ' '));
}

/**
 * Reads the state as plain JSON, as it will come back from the journal and from a plan file. For those who are about to
 * write: what a crash left half done may be finished for it.
 */
export async function readState(tunable: Tunable, connection: unknown, change: Change): Promise<Json> {
  return JSON.parse(JSON.stringify(await tunable.read(connection, change, { mayRepair: true }))) as Json;
}

/** The service was stopped for a change and did not come up again, or could not be stopped. */
export function isServiceFailure(error: unknown): error is PitwallError {
  return error instanceof PitwallError && error.code.startsWith('SERVICE_');
}

/** Runs a write to the journal; its failure is JOURNAL_FAILED with what that means. */
export async function journalled(consequence: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new PitwallError('JOURNAL_FAILED', { reason: reasonOf(error), consequence }, { cause: error });
  }
}

import { accessSync, closeSync, constants, fsyncSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError, reasonOf } from '../../../errors.ts';
import type { SqliteConnection } from '../connection.ts';
import { isBusy } from '../failures.ts';
import { describeHolders } from './holders.ts';

/** Milliseconds between two tries for a lock. Short enough to find the gaps between the transactions of a busy service. */
const RETRY_MILLISECONDS = 20;
/** Taking back waits this many times longer for a lock: giving up there is worse than waiting. */
const UNDO_PATIENCE = 5;

/**
 * Reads through the shared read-only handle. After a crash in the middle of a transaction SQLite has to roll back the
 * journal first, which a read-only handle cannot: then a read-write one is opened for the moment, which does it.
 * Throws TARGET_LOCKED when somebody keeps readers out for longer than the target is configured to wait.
 */
export function readFrom<T>(connection: SqliteConnection, read: (database: DatabaseSync) => T): T {
  const readFresh = (database: DatabaseSync): T => {
    // A handle learns of changed modes with its next read of the file; the pragmas alone answer from memory.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return read(database);
  };
  try {
    return readFresh(connection.reader());
  } catch (error) {
    if (isLocked(error)) throw lockedFor(connection, connection.options.busyTimeout, '', error);
    if (!needsRecovery(error)) throw error;
    const database = connection.openWriter();
    try {
      return readFresh(database);
    } finally {
      database.close();
    }
  }
}

function needsRecovery(error: unknown): boolean {
  if (error instanceof PitwallError)
    return error.code === 'SQLITE_HOT_JOURNAL' || error.code === 'SQLITE_WAL_UNREADABLE';
  // SQLITE_READONLY and its extended codes: the handle was open already when another process was killed.
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 8;
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** Waits `UNDO_PATIENCE` times longer. */
  readonly patient?: boolean;
}

/**
 * Opens a handle for writing, runs `work` with it, closes it. SQLite's own busy handler blocks the process, so it waits
 * not at all and `retry` does the waiting.
 */
export async function withWriter<T>(
  connection: SqliteConnection,
  waiting: Waiting,
  work: (database: DatabaseSync) => Promise<T>,
): Promise<T> {
  const database = await retry(connection, waiting, () => connection.openWriter({ timeoutSeconds: 0 }));
  try {
    return await work(database);
  } catch (error) {
    if ((error as { errcode?: number }).errcode === 8) {
      throw new PitwallError('CHANGE_REFUSED', { subject: connection.path, reason: 'the database is read-only' });
    }
    throw error;
  } finally {
    // Closing rolls back what was not committed.
    database.close();
  }
}

/** All of `work` or nothing of it, under the write lock from the beginning on. */
export async function inTransaction(
  connection: SqliteConnection,
  waiting: Waiting,
  work: (database: DatabaseSync) => void,
): Promise<void> {
  await withWriter(connection, waiting, async (database) => {
    await retry(connection, waiting, () => database.exec('BEGIN IMMEDIATE'));
    work(database);
    // With a rollback journal the commit waits for readers; the transaction stays open and keeps new readers out.
    await retry(connection, waiting, () => database.exec('COMMIT'));
  });
}

/** Tries until nobody else's lock is in the way. Throws TARGET_LOCKED after the time the target is configured to wait. */
export async function retry<T>(connection: SqliteConnection, waiting: Waiting, attempt: () => T): Promise<T> {
  const seconds = connection.options.busyTimeout * (waiting.patient ? UNDO_PATIENCE : 1);
  for (let tries = Math.max(1, Math.ceil((seconds * 1000) / RETRY_MILLISECONDS)); ; tries -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (tries <= 1) {
        const others = await describeHolders(connection.path);
        const holders = others === '' ? '' : `; it is open in ${others}`;
        throw lockedFor(connection, seconds, holders, error);
      }
    }
    await sleep(RETRY_MILLISECONDS, undefined, { signal: waiting.signal });
  }
}

function isLocked(error: unknown): boolean {
  return isBusy(error) || (error instanceof PitwallError && error.code === 'SQLITE_LOCKED');
}

function lockedFor({ path }: SqliteConnection, seconds: number, holders: string, cause: unknown): PitwallError {
  return new PitwallError('TARGET_LOCKED', { path, seconds, holders }, { cause });
}

/** Throws CHANGE_REFUSED when the file or its folder cannot be written: SQLite needs a journal beside the file. */
export function requireWritable(connection: SqliteConnection): void {
  for (const path of [connection.path, dirname(connection.path)]) {
    try {
      accessSync(path, constants.W_OK);
    } catch (error) {
      const reason = `${path} cannot be written (${reasonOf(error)})`;
      throw new PitwallError('CHANGE_REFUSED', { subject: connection.path, reason }, { cause: error });
    }
  }
}

/** Throws CHANGE_REFUSED when the filesystem of `directory` has less than `bytes` for us. */
export function requireFreeSpace(directory: string, bytes: number, what: string): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mebibytes = (value: number) => `${Math.ceil(value / 2 ** 20)} MiB`;
  const reason = `${what} may need ${mebibytes(bytes)}, and the disk of ${directory} has ${mebibytes(free)} free`;
  throw new PitwallError('CHANGE_REFUSED', { subject: what, reason });
}

export function pragmaNumber(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}

/** Makes a file or folder survive a power cut. Never for the database itself: see `SqliteConnection`. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes other connections read the schema, and with it the statistics, again: changing the schema raises the cookie that
 * they compare before each statement (https://sqlite.org/fileformat2.html#schema_cookie). ANALYZE alone does not.
 */
export function raiseSchemaCookie(database: DatabaseSync): void {
  database.exec('CREATE TABLE pitwall_schema_cookie (x); DROP TABLE pitwall_schema_cookie');
}

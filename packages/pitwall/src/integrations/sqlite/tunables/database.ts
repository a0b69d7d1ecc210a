import { accessSync, closeSync, constants, fsyncSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { PitwallError, reasonOf } from '../../../errors.ts';
import type { Json } from '../../../model/json.ts';
import type { SqliteConnection } from '../connection.ts';
import { isBusy, sqliteFailure } from '../failures.ts';
import { describeHolders } from './holders.ts';

/** Milliseconds between two tries for a lock. Short enough to find the gaps between the transactions of a busy service. */
const RETRY_MILLISECONDS = 20;
/** Taking back waits this many times longer for a lock: giving up there is worse than waiting. */
const UNDO_PATIENCE = 5;
/** Milliseconds that a commit waits for readers, keeping new ones out meanwhile, and how long those then get. */
const COMMIT_MILLISECONDS = 200;
const PAUSE_MILLISECONDS = 300;
/** Changed pages are kept in memory up to this; beyond it SQLite writes them to the file before the commit. */
const MOST_BYTES_IN_MEMORY = 256 * 2 ** 20;

/**
 * Reads through the shared read-only handle. After a crash in the middle of a transaction SQLite has to roll back the
 * journal first, which a read-only handle cannot: with `mayRepair` a read-write one is opened for the moment, which does it.
 * Throws TARGET_LOCKED when somebody keeps readers out for longer than the target is configured to wait, and without
 * `mayRepair` SQLITE_HOT_JOURNAL or SQLITE_WAL_UNREADABLE after such a crash.
 */
export function readFrom<T>(
  connection: SqliteConnection,
  read: (database: DatabaseSync) => T,
  { mayRepair = false }: { readonly mayRepair?: boolean } = {},
): T {
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
    if (!mayRepair) throw sqliteFailure(error, connection.path);
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

/**
 * All of `work` or nothing of it, under the write lock from the beginning on.
 *
 * With a rollback journal the commit has to wait for who is reading, and while it waits nobody can begin to read. Somebody
 * who reads for long would so stop everybody: after 0.2 s the transaction is rolled back, the others get their turn, and
 * `work` is done again (so it may run several times), until the time that the target is configured to wait is over.
 *
 * @param bytes what `work` may change: that much is kept in memory until the commit, when it is at most 256 MiB and a
 *   quarter of what is free (`staysInMemory`). Otherwise SQLite writes some of it to the file before, and with a rollback
 *   journal locks readers out from then on (https://sqlite.org/pragma.html#pragma_cache_spill).
 */
export async function inTransaction(
  connection: SqliteConnection,
  waiting: Waiting,
  work: (database: DatabaseSync) => void,
  bytes = 0,
): Promise<void> {
  await withWriter(connection, waiting, async (database) => {
    if (staysInMemory(bytes)) database.exec('PRAGMA cache_spill = OFF');
    const seconds = patienceOf(connection, waiting);
    let until: number | null = null;
    for (;;) {
      await retry(connection, waiting, () => database.exec('BEGIN IMMEDIATE'));
      waiting.signal.throwIfAborted();
      work(database);
      try {
        await retry(connection, waiting, () => database.exec('COMMIT'), COMMIT_MILLISECONDS / 1000);
        return;
      } catch (error) {
        if (!(error instanceof PitwallError && error.code === 'TARGET_LOCKED')) throw error;
        database.exec('ROLLBACK');
        // Measured from the first failure: building an index anew takes time that is no waiting.
        until ??= performance.now() + seconds * 1000;
        if (performance.now() >= until) {
          throw lockedFor(connection, seconds, await holdersSentence(connection), error.cause);
        }
      }
      await sleep(PAUSE_MILLISECONDS, undefined, { signal: waiting.signal });
    }
  });
}

/** True when so many changed bytes can wait in memory for their commit. */
export function staysInMemory(bytes: number, available: number = process.availableMemory()): boolean {
  return bytes <= Math.min(MOST_BYTES_IN_MEMORY, available / 4);
}

/** Seconds that are waited for a lock. */
function patienceOf(connection: SqliteConnection, waiting: Waiting): number {
  return connection.options.busyTimeout * (waiting.patient ? UNDO_PATIENCE : 1);
}

/**
 * Tries until nobody else's lock is in the way. Throws TARGET_LOCKED after `seconds`, by default the time that the target
 * is configured to wait.
 */
export async function retry<T>(
  connection: SqliteConnection,
  waiting: Waiting,
  attempt: () => T,
  seconds: number = patienceOf(connection, waiting),
): Promise<T> {
  for (let tries = Math.max(1, Math.ceil((seconds * 1000) / RETRY_MILLISECONDS)); ; tries -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (tries <= 1) throw lockedFor(connection, seconds, await holdersSentence(connection), error);
    }
    await sleep(RETRY_MILLISECONDS, undefined, { signal: waiting.signal });
  }
}

async function holdersSentence({ path }: SqliteConnection): Promise<string> {
  const holders = await describeHolders(path);
  return holders === '' ? '' : `; it is open in ${holders}`;
}

/**
 * Somebody may have changed it while we waited for the lock, and may even have made this very change: throws DRIFT then.
 * `now` is read under the lock, `expected` is what the plan read.
 */
export function requireUnchanged(subject: string, expected: Json, now: Json): void {
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(now)), expected)) return;
  throw new PitwallError('DRIFT', { subject, difference: 'somebody else changed it at the same time' });
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

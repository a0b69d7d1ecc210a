import { closeSync, openSync, readSync } from 'node:fs';
import { PitwallError, reasonOf } from '../../errors.ts';

/** Result codes, https://sqlite.org/rescode.html. Extended codes keep the primary one in their low byte. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const CANTOPEN = 14;
const NOTADB = 26;
/** A journal of a crashed writer must be rolled back first, which a read-only handle cannot. */
const READONLY_ROLLBACK = 776;
/** A WAL database whose -wal or -shm file must be made and cannot be. */
const READONLY_DIRECTORY = 1544;
const READONLY_CANTINIT = 1288;
const READONLY_RECOVERY = 264;

/** What `node:sqlite` throws for errors of SQLite itself. */
interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR';
  /** Extended result code. */
  readonly errcode: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error;
}

/** True when somebody else's lock is all that is wrong. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === BUSY || (error.errcode & 0xff) === LOCKED);
}

/** True when the file itself is damaged. */
export function isCorrupt(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === CORRUPT;
}

/** An error of SQLite as `node:sqlite` throws it, made of what another process said of one. */
export function sqliteError(message: string, errcode: number): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
}

/** The table's error for a failure to open or read `path`; a PitwallError comes back as it is. */
export function sqliteFailure(error: unknown, path: string): PitwallError {
  if (error instanceof PitwallError) return error;
  const options = { cause: error };
  if (!isSqliteError(error)) return new PitwallError('SQLITE_FAILED', { path, reason: reasonOf(error) }, options);
  switch (error.errcode) {
    case READONLY_ROLLBACK:
      return new PitwallError('SQLITE_HOT_JOURNAL', { path }, options);
    case READONLY_DIRECTORY:
    case READONLY_CANTINIT:
    case READONLY_RECOVERY:
      return new PitwallError('SQLITE_WAL_UNREADABLE', { path }, options);
  }
  switch (error.errcode & 0xff) {
    case BUSY:
    case LOCKED:
      return new PitwallError('SQLITE_LOCKED', { path }, options);
    case CORRUPT:
      return new PitwallError('SQLITE_CORRUPT', { path, reason: reasonOf(error) }, options);
    case CANTOPEN:
    case READONLY:
      return new PitwallError('SQLITE_DENIED', { path, reason: reasonOf(error) }, options);
    case NOTADB: {
      const version = formatVersion(path);
      if (version > 2) return new PitwallError('SQLITE_FORMAT', { path, reason: `read version ${version}` }, options);
      return new PitwallError('SQLITE_NOT_A_DATABASE', { path }, options);
    }
  }
  if (/unsupported file format/.test(error.message)) {
    return new PitwallError('SQLITE_FORMAT', { path, reason: 'schema format' }, options);
  }
  return new PitwallError('SQLITE_FAILED', { path, reason: reasonOf(error) }, options);
}

/**
 * The header's read version (offset 19; 1 rollback journal, 2 WAL, above: a format SQLite does not know yet), 0 when it is
 * not SQLite's header (https://sqlite.org/fileformat2.html#the_database_header). Called only after SQLite refused the
 * file: then no connection of this process can hold locks on it that closing the descriptor would drop.
 */
function formatVersion(path: string): number {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const header = Buffer.alloc(20);
      if (readSync(descriptor, header, 0, 20, 0) < 20) return 0;
      return header.toString('latin1', 0, 16) === 'SQLite format 3\0' ? header[19]! : 0;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return 0;
  }
}

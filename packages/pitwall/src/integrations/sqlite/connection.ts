import { existsSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { PitwallError, reasonOf } from '../../errors.ts';
import { sqliteFailure } from './failures.ts';
import type { SqliteOptions } from './options.ts';
import { QueryRunner } from './query-runner.ts';

/**
 * One database file.
 *
 * Nothing in this process may open the file by any way but SQLite while a connection is open: closing *any* descriptor of
 * it drops all of the process's POSIX locks on it (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export interface SqliteConnection {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly options: SqliteOptions;
  /** Absolute folder for copies. */
  readonly scratch: string;
  /** Where statements come from besides the configured queries: absolute paths, and the bytes at the end of each log. */
  readonly sources: { readonly logs: readonly string[]; readonly logTail: number; readonly files: readonly string[] };
  /** The one read-only handle, opened on first use. Waits `busyTimeout` for locks. */
  reader(): DatabaseSync;
  /**
   * A new read-write handle; the caller closes it. Foreign keys are off, as SQLite has them by default; a missing file is
   * SQLITE_MISSING and never created. Waits `timeoutSeconds` (default: `busyTimeout`) for locks.
   */
  openWriter(options?: { timeoutSeconds?: number }): DatabaseSync;
  /** The process that runs queries, started on first use. */
  runner(): QueryRunner;
  /** Runs `task` when the connection closes (removal of copies …), newest first. It must not throw. */
  onClose(task: () => void): void;
  /** Leaves nothing behind that was not there; see `tidyWal`. */
  close(): Promise<void>;
}

/** Bytes: some 400,000 calls, which take seconds to read. */
const LOG_TAIL = 64 * 2 ** 20;

/** Throws SQLITE_MISSING, SQLITE_NOT_A_FILE or SQLITE_DENIED; the rest shows on first use. See `tidyWal` for closing. */
export function openConnection(options: SqliteOptions, directory: string): SqliteConnection {
  const path = existing(resolve(directory, options.path));
  const walBefore = hasWal(path);
  const closeTasks: (() => void)[] = [];
  let reader: DatabaseSync | undefined;
  let runner: QueryRunner | undefined;

  const connection: SqliteConnection = {
    path,
    options,
    scratch: resolve(directory, options.scratch ?? tmpdir()),
    sources: {
      logs: (options.logs ?? []).map((file) => resolve(directory, file)),
      logTail: options.logTail ?? LOG_TAIL,
      files: (options.statementFiles ?? []).map((file) => resolve(directory, file)),
    },
    reader() {
      reader ??= openReader(path, options.busyTimeout);
      return reader;
    },
    openWriter({ timeoutSeconds = options.busyTimeout } = {}) {
      return openReadWrite(path, timeoutSeconds);
    },
    runner() {
      runner ??= new QueryRunner(options.busyTimeout);
      return runner;
    },
    onClose(task) {
      closeTasks.push(task);
    },
    async close() {
      const opened = reader !== undefined || runner !== undefined;
      reader?.close();
      reader = undefined;
      const ending = runner?.close();
      runner = undefined;
      if (ending) await ending;
      for (const task of closeTasks.splice(0).reverse()) task();
      if (opened && !walBefore) tidyWal(path);
    },
  };
  return connection;
}

/**
 * Opens for reading only. `query_only` also refuses writes to temporary tables; `trusted_schema` off keeps a hostile schema
 * from calling functions with side effects (https://sqlite.org/pragma.html#pragma_trusted_schema). `immutable=1` is never
 * used: it reads garbage while somebody else writes.
 */
export function openReader(path: string, busyTimeout: number): DatabaseSync {
  return open(path, path, busyTimeout, true);
}

/** Read-write without the flag that would create the file: only a URI can say so. */
export function openReadWrite(path: string, busyTimeout: number): DatabaseSync {
  const uri = pathToFileURL(path);
  uri.searchParams.set('mode', 'rw');
  return open(path, uri, busyTimeout, false);
}

function open(path: string, location: string | URL, busyTimeout: number, readOnly: boolean): DatabaseSync {
  existing(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(location, {
      readOnly,
      timeout: Math.ceil(busyTimeout * 1000),
      enableForeignKeyConstraints: false,
      // As the SQLite library has it by default, and so what the application's own queries may use. Not for writing: an
      // index on a column that is not there would become one on a text.
      enableDoubleQuotedStringLiterals: readOnly,
    });
    database.exec(readOnly ? 'PRAGMA trusted_schema = 0; PRAGMA query_only = 1' : 'PRAGMA trusted_schema = 0');
    // Reads the schema, so that whatever is wrong with the file shows here and not in the middle of something.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (error) {
    database?.close();
    throw sqliteFailure(error, path);
  }
}

/** The real path of a regular file; anything else would make SQLite hang (a pipe) or fail without saying why. */
function existing(path: string): string {
  try {
    const real = realpathSync(path);
    if (!statSync(real).isFile()) throw new PitwallError('SQLITE_NOT_A_FILE', { path });
    return real;
  } catch (error) {
    if (error instanceof PitwallError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new PitwallError('SQLITE_MISSING', { path }, { cause: error });
    throw new PitwallError('SQLITE_DENIED', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function hasWal(path: string): boolean {
  return existsSync(`${path}-wal`) || existsSync(`${path}-shm`);
}

/**
 * Reading a WAL database makes -wal and -shm when they are not there, and a read-only handle leaves them behind on closing.
 * When they were not there before, SQLite is asked to take them away again: a read-write handle that writes nothing does so
 * on closing, under its own exclusive lock, and only if nobody else has the database open (then they belong to them).
 * Deleting them ourselves could destroy what somebody committed in the meantime.
 */
function tidyWal(path: string): void {
  if (!hasWal(path)) return;
  try {
    const database = openReadWrite(path, 0);
    try {
      database.exec('PRAGMA query_only = 1');
    } finally {
      database.close();
    }
  } catch {
    // No permission, or in use: an empty -wal is harmless, and the next process that closes the database removes it.
  }
}

import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, linkSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PitwallError } from '../../errors.ts';
import { syncDirectory, syncFile } from './durable.ts';
import { keepCopy, type Migration, migrate, versionOf } from './migrate.ts';

/** `PITW` as SQLite's application_id: tells a Pitwall store from any other database. */
const APPLICATION_ID = 0x50495457;

/** Offsets in the file header: https://www.sqlite.org/fileformat.html#the_database_header */
const HEADER = { size: 100, magic: 'SQLite format 3\0', userVersion: 60, applicationId: 68 } as const;

/** Stores up to this size are checked whole when opened (0.1 s); bigger ones page by page as they are used. */
const CHECK_UP_TO_BYTES = 64 * 1024 ** 2;

export interface OpenOptions {
  /** Seconds to wait for another process's lock before STORE_BUSY. */
  readonly busyTimeout: number;
  readonly migrations: readonly Migration[];
  /** For tests of a full disk: most pages that the file may have. */
  readonly maxPages?: number;
}

/**
 * Opens the store at `file`, creating it when there is none and migrating it when it is older. Looks at the header before
 * SQLite does, because SQLite may write to a file that it opens (a checkpoint, a hot journal): a file that is not ours or
 * is newer is left byte for byte as it is.
 */
export async function openFile(file: string, options: OpenOptions): Promise<DatabaseSync> {
  const newest = options.migrations.at(-1)?.version ?? 0;
  if (!existsSync(file)) create(file, options);
  const version = inspect(file);
  if (version > newest) throw new PitwallError('STORE_NEWER', { file, version, known: newest });
  // SQLite falls back to opening read-only; the first write would then fail in the middle of a run.
  accessSync(file, constants.R_OK | constants.W_OK);
  accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
  const database = connect(file, options);
  try {
    const current = versionOf(database);
    if (current < newest || statSync(file).size <= CHECK_UP_TO_BYTES) check(database, file);
    if (current < newest) {
      await keepCopy(database, file, current);
      migrate(database, options.migrations);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Builds the store under another name and links it to its own once it is whole and durable: nobody ever sees half a store,
 * an empty `store.db` is always damage, and of two processes that create it at once one wins and both use the winner's.
 */
function create(file: string, options: OpenOptions): void {
  const building = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    closeSync(openSync(building, 'wx', 0o600));
    const database = connect(building, options);
    try {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      migrate(database, options.migrations);
    } finally {
      database.close();
    }
    syncFile(building);
    try {
      linkSync(building, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    syncDirectory(dirname(file));
  } finally {
    rmSync(building, { force: true });
    rmSync(`${building}-journal`, { force: true });
  }
}

/** Schema version out of the header. Throws STORE_DAMAGED when this is not a Pitwall store. */
function inspect(file: string): number {
  const header = Buffer.alloc(HEADER.size);
  const descriptor = openSync(file, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER.size, 0);
  } finally {
    closeSync(descriptor);
  }
  const damaged = (reason: string) => new PitwallError('STORE_DAMAGED', { file, reason });
  if (length === 0) throw damaged('it is empty');
  if (length < HEADER.size) throw damaged('it is cut short');
  if (header.toString('latin1', 0, 16) !== HEADER.magic) throw damaged('it is not an SQLite database');
  if (header.readUInt32BE(HEADER.applicationId) !== APPLICATION_ID) {
    throw damaged('it is a database of another application');
  }
  return header.readUInt32BE(HEADER.userVersion);
}

/**
 * Durability: `journal_mode=DELETE` with `synchronous=EXTRA`. A commit returns after (1) the rollback journal with the old
 * pages is fsynced, and the folder that got the journal file, (2) the database file is fsynced, (3) the journal is deleted
 * and (what EXTRA adds to FULL) the folder is fsynced again, so that a power cut right after a commit cannot bring the
 * journal back and undo it. https://www.sqlite.org/pragma.html#pragma_synchronous
 * WAL with FULL would be as durable, but leaves the store in three files between runs, needs shared memory (no network file
 * systems) and would write to a store that is only looked at; Pitwall commits some ten times a run, so its speed buys nothing.
 */
function connect(file: string, options: OpenOptions): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: Math.round(options.busyTimeout * 1000) });
  try {
    database.exec(`
      PRAGMA journal_mode = DELETE;
      PRAGMA synchronous = EXTRA;
      PRAGMA fullfsync = ON;
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
    `);
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function check(database: DatabaseSync, file: string): void {
  const answer = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (answer !== 'ok') throw new PitwallError('STORE_DAMAGED', { file, reason: String(answer) });
}

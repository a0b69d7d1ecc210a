import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PitwallError, reasonOf } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import { copyDatabase } from '../copy.ts';
import { isCorrupt } from '../failures.ts';
import {
  pragmaNumber,
  readFrom,
  requireFreeSpace,
  requireUnchanged,
  requireWritable,
  retry,
  syncPath,
  type Waiting,
  withWriter,
} from './database.ts';
import { describeHolders } from './holders.ts';

/** VACUUM writes a copy, then the journal or log of all pages: https://sqlite.org/lang_vacuum.html; 10 % to spare. */
const SPACE_FACTOR = 2.2;
const BACKUP = 'original.db';
const DAMAGES: readonly string[] = ['SQLITE_CORRUPT', 'SQLITE_NOT_A_DATABASE', 'SQLITE_FORMAT'];
const MODES = ['none', 'full', 'incremental'] as const;

const target = z.strictObject({ autoVacuum: z.enum(MODES), vacuum: z.literal(true) });
type State = { readonly autoVacuum: (typeof MODES)[number]; readonly pageSize: number };

/**
 * Sets auto_vacuum, which takes effect with a VACUUM, and so gives free pages back to the filesystem.
 *
 * The state is the mode alone: how many pages are free changes with every write of the service. Taking back sets the former
 * mode by another VACUUM and keeps the data as it is by then. The full copy made before is never put back over newer rows:
 * it is used only when the file fails its check right after the VACUUM and nobody has written since. It is deleted once the
 * change is kept or taken back and the file passes its check; while it does not, it stays (ORIGINAL_NEEDED).
 */
export const vacuum = defineTunable<SqliteConnection>({
  id: 'sqlite/auto-vacuum',
  meta: {
    title: 'Rewrite the file (VACUUM) with an auto_vacuum mode',
    why: 'Pages freed by deletes stay in the file: it is larger to back up and scan than its data. VACUUM rewrites it; auto_vacuum decides what happens to free pages from then on.',
    effect: 'restart',
    persistence: 'durable',
    risk: 'high',
    locks:
      'Nobody can write, and in the end nobody can read, while the whole file is written anew, twice. With a rollback journal commits also wait while the file is checked: before, after, and once it is kept or taken back.',
    undo: 'The auto_vacuum mode is set back by another VACUUM. Free pages that were given back are not made again, and rowids of tables without an INTEGER PRIMARY KEY may have changed. Data is never replaced by the copy made before, except at once when the check after the VACUUM fails and nobody has written since; the copy is deleted only after the file has passed its check.',
    toggles: false,
    order: 40,
    repeatable: true,
    sources: [
      { title: 'SQLite: VACUUM', url: 'https://sqlite.org/lang_vacuum.html' },
      { title: 'SQLite: PRAGMA auto_vacuum', url: 'https://sqlite.org/pragma.html#pragma_auto_vacuum' },
    ],
  },
  to: target,

  async read(connection, _change, options): Promise<State> {
    return readFrom(connection, stateOf, options);
  },

  achieved: (state, { to }) => (state as State).autoVacuum === target.parse(to).autoVacuum,

  preview({ to }, from) {
    const sql = (mode: string) => `PRAGMA auto_vacuum = ${mode}; VACUUM`;
    const { autoVacuum } = target.parse(to);
    const before = (from as State).autoVacuum;
    return {
      apply: sql(autoVacuum),
      undo:
        autoVacuum === before ? 'nothing to take back: the rows are the same, only free pages are gone' : sql(before),
    };
  },

  async restartReason() {
    return 'the whole file is rewritten, and nothing else can use it meanwhile';
  },

  async validate(connection, { to }, from) {
    requireWritable(connection);
    const refuse = (reason: string) => new PitwallError('CHANGE_REFUSED', { subject: 'VACUUM', reason });
    const same = target.parse(to).autoVacuum === (from as State).autoVacuum;
    const free = readFrom(connection, (database) => pragmaNumber(database, 'freelist_count'));
    if (same && free === 0) throw refuse('there are no free pages and the mode is the same: it would change nothing');
    requireFreeSpace(dirname(connection.path), SPACE_FACTOR * statSync(connection.path).size, 'VACUUM');
    const damage = readFrom(connection, checkOf);
    if (damage !== null) throw refuse(`the file is damaged already (${damage}), and rewriting could lose what is left`);
  },

  async capture(connection, _change, { keepDirectory, signal }) {
    requireFreeSpace(keepDirectory, 1.1 * statSync(connection.path).size, 'the copy before VACUUM');
    const file = join(keepDirectory, BACKUP);
    await copyDatabase(connection, file, signal).catch((error) => {
      if (signal.aborted || error instanceof PitwallError) throw error;
      const details = { subject: 'the copy before VACUUM', reason: reasonOf(error) };
      throw new PitwallError('CHANGE_REFUSED', details, { cause: error });
    });
    syncPath(file);
    syncPath(keepDirectory);
    return { file: BACKUP };
  },

  async write(connection, { to, from }, { signal, keepDirectory, exclusive }) {
    const holders = await describeHolders(connection.path);
    if (holders !== '' && !exclusive) {
      throw new PitwallError('TARGET_IN_USE', { path: connection.path, holders, action: 'VACUUM' });
    }
    const before = (database: DatabaseSync) => requireUnchanged('auto_vacuum', from, stateOf(database));
    const { damage, writtenSince } = await rewrite(connection, target.parse(to).autoVacuum, { signal }, before);
    if (damage === null) return;
    const copy = join(keepDirectory, BACKUP);
    if (writtenSince)
      throw originalNeeded(connection, `${damage}, and somebody has written to it since`, keepDirectory);
    await connection.close();
    try {
      await putBack(copy, connection.path);
    } catch (error) {
      const reason = `${damage}, and the copy from before could not be put back (${reasonOf(error)})`;
      throw originalNeeded(connection, reason, keepDirectory, error);
    }
    const still = check(connection);
    if (still !== null) throw originalNeeded(connection, `${still}, also with the copy put back`, keepDirectory);
    throw new Error(`the file failed its check afterwards (${damage}), so the copy from before was put back`);
  },

  async undo(connection, _change, { state }, { signal, keepDirectory }) {
    const waiting = { signal, patient: true };
    const { damage } = await rewrite(connection, (state as State).autoVacuum, waiting, (database) => {
      // Rewriting a damaged file could lose what is left.
      database.exec('PRAGMA ignore_check_constraints = ON');
      const already = checkOf(database);
      if (already !== null) throw originalNeeded(connection, already, keepDirectory);
    });
    if (damage !== null) throw originalNeeded(connection, damage, keepDirectory);
  },

  async release(connection, _original, { keepDirectory }) {
    const file = join(keepDirectory, BACKUP);
    if (!existsSync(file)) return;
    const damage = check(connection);
    if (damage !== null) throw originalNeeded(connection, damage, keepDirectory);
    rmSync(file, { force: true });
  },
});

function stateOf(database: DatabaseSync): State {
  return {
    autoVacuum: MODES[pragmaNumber(database, 'auto_vacuum')] ?? 'none',
    pageSize: pragmaNumber(database, 'page_size'),
  };
}

/** Says where the copy is, when there is one: it is deleted as soon as a change is kept. */
function originalNeeded({ path }: SqliteConnection, why: string, keepDirectory: string, cause?: unknown): PitwallError {
  const copy = join(keepDirectory, BACKUP);
  const reason = existsSync(copy) ? `${why}; the copy from before is ${copy}` : why;
  return new PitwallError('ORIGINAL_NEEDED', { path, reason }, { cause });
}

/** Makes `path` what `copy` is. Through SQLite, under its locks and in one transaction: never by copying files. */
export async function putBack(copy: string, path: string): Promise<void> {
  const source = new DatabaseSync(copy, { readOnly: true });
  try {
    await backup(source, path);
  } finally {
    source.close();
  }
}

interface Rewritten {
  /** First complaint of the check afterwards, or null. */
  readonly damage: string | null;
  /** Somebody else has written to the file between the VACUUM and the end of the check. */
  readonly writtenSince: boolean;
}

async function rewrite(
  connection: SqliteConnection,
  mode: State['autoVacuum'],
  waiting: Waiting,
  before: (database: DatabaseSync) => void,
): Promise<Rewritten> {
  return withWriter(connection, waiting, async (database) => {
    await retry(connection, waiting, () => before(database));
    database.exec(`PRAGMA auto_vacuum = ${MODES.indexOf(mode)}`);
    await retry(connection, waiting, () => database.exec('VACUUM'));
    // Changes with every commit of somebody else: https://sqlite.org/pragma.html#pragma_data_version
    const version = pragmaNumber(database, 'data_version');
    // As for a read-only handle, with which the file was checked before: rows that break a CHECK are no damage to the file.
    database.exec('PRAGMA ignore_check_constraints = ON');
    // Not a refusal any more, whatever hinders it: the file has been written.
    const patient = { signal: new AbortController().signal, patient: true };
    const damage = await retry(connection, patient, () => checkOf(database)).catch((error) => {
      if (isCorrupt(error)) return reasonOf(error);
      throw new Error(`it cannot be checked afterwards: ${reasonOf(error)}`, { cause: error });
    });
    return { damage, writtenSince: pragmaNumber(database, 'data_version') !== version };
  });
}

/** As `checkOf`; a file that SQLite does not recognise is damaged. Throws what keeps it from being checked at all. */
function check(connection: SqliteConnection): string | null {
  try {
    return readFrom(connection, checkOf, { mayRepair: true });
  } catch (error) {
    const damaged = error instanceof PitwallError && DAMAGES.includes(error.code);
    if (damaged || isCorrupt(error)) return reasonOf(error);
    throw error;
  }
}

/** Null when sound, otherwise the first complaint. */
function checkOf(database: DatabaseSync): string | null {
  const answer = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check ?? 'no answer');
  return answer === 'ok' ? null : answer;
}

import { rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PitwallError } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import {
  pragmaNumber,
  readFrom,
  requireFreeSpace,
  requireWritable,
  retry,
  syncPath,
  type Waiting,
  withWriter,
} from './database.ts';

/** VACUUM writes a copy, then the journal or log of all pages: https://sqlite.org/lang_vacuum.html; 10 % to spare. */
const SPACE_FACTOR = 2.2;
const BACKUP = 'original.db';
const MODES = ['none', 'full', 'incremental'] as const;

const target = z.strictObject({ autoVacuum: z.enum(MODES), vacuum: z.literal(true) });
type State = { readonly autoVacuum: (typeof MODES)[number]; readonly pageSize: number };

/**
 * Sets auto_vacuum, which takes effect with a VACUUM, and so gives free pages back to the filesystem.
 *
 * The state is the mode alone: how many pages are free changes with every write of the service. Taking back sets the former
 * mode by another VACUUM and keeps the data as it is by then. The full copy made before is never put back over newer rows:
 * it is used only when the file fails its check right after the VACUUM, while the service is stopped, and deleted once the
 * change is kept or taken back.
 */
export const vacuum = defineTunable<SqliteConnection>({
  id: 'sqlite/auto-vacuum',
  meta: {
    title: 'Rewrite the file (VACUUM) with an auto_vacuum mode',
    why: 'Pages freed by deletes stay in the file: it is larger to back up and scan than its data. VACUUM rewrites it; auto_vacuum decides what happens to free pages from then on.',
    effect: 'restart',
    persistence: 'durable',
    risk: 'high',
    locks: 'Nobody can write, and in the end nobody can read, while the whole file is written anew, twice.',
    undo: 'The auto_vacuum mode is set back by another VACUUM. Free pages that were given back are not made again, and rowids of tables without an INTEGER PRIMARY KEY may have changed. Data is never replaced by the copy made before, except at once when the check after the VACUUM fails and the service is stopped.',
    toggles: false,
    order: 40,
    repeatable: true,
    sources: [
      { title: 'SQLite: VACUUM', url: 'https://sqlite.org/lang_vacuum.html' },
      { title: 'SQLite: PRAGMA auto_vacuum', url: 'https://sqlite.org/pragma.html#pragma_auto_vacuum' },
    ],
  },
  to: target,

  async read(connection): Promise<State> {
    return readFrom(connection, (database) => ({
      autoVacuum: MODES[pragmaNumber(database, 'auto_vacuum')] ?? 'none',
      pageSize: pragmaNumber(database, 'page_size'),
    }));
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
    await backup(connection.reader(), file, { progress: () => signal.throwIfAborted() });
    syncPath(file);
    syncPath(keepDirectory);
    return { file: BACKUP };
  },

  async write(connection, { to }, { signal, keepDirectory, exclusive }) {
    await rewrite(connection, target.parse(to).autoVacuum, { signal });
    const damage = readFrom(connection, checkOf);
    if (damage === null) return;
    const file = join(keepDirectory, BACKUP);
    if (!exclusive) throw new Error(`the file fails its check afterwards (${damage}); the copy from before is ${file}`);
    await connection.close();
    await putBack(file, connection.path);
    throw new Error(`the file failed its check afterwards (${damage}), so the copy from before was put back`);
  },

  async undo(connection, _change, { state }, { signal }) {
    await rewrite(connection, (state as State).autoVacuum, { signal, patient: true });
  },

  async release(_connection, _original, { keepDirectory }) {
    rmSync(join(keepDirectory, BACKUP), { force: true });
  },
});

/** Makes `path` what `copy` is. Through SQLite, under its locks and in one transaction: never by copying files. */
export async function putBack(copy: string, path: string): Promise<void> {
  const source = new DatabaseSync(copy, { readOnly: true });
  try {
    await backup(source, path);
  } finally {
    source.close();
  }
}

async function rewrite(connection: SqliteConnection, mode: State['autoVacuum'], waiting: Waiting): Promise<void> {
  await withWriter(connection, waiting, async (database) => {
    database.exec(`PRAGMA auto_vacuum = ${MODES.indexOf(mode)}`);
    await retry(connection, waiting, () => database.exec('VACUUM'));
  });
}

/** Null when sound, otherwise the first complaint. */
function checkOf(database: DatabaseSync): string | null {
  const answer = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check ?? 'no answer');
  return answer === 'ok' ? null : answer;
}

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PitwallError } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { Json } from '../../../model/json.ts';
import type { SqliteConnection } from '../connection.ts';
import { readFrom, requireUnchanged, requireWritable, retry, type Waiting, withWriter } from './database.ts';
import { describeHolders, describePossibleHolders } from './holders.ts';

/** `f_type` of filesystems whose shared memory is not shared between hosts: https://man7.org/linux/man-pages/man2/statfs.2.html */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x65735546, 'FUSE'],
]);

/** What persists in the file is one bit, "WAL or not"; how a rollback journal is ended is each connection's own setting. */
const target = z.enum(['wal', 'delete', 'truncate', 'persist']);

/**
 * Rollback journal ↔ write-ahead log.
 *
 * What other processes' connections mean for it, as tried with SQLite 3.53:
 * - to WAL: an idle connection holds no lock, so it works while the service runs, and that connection goes on in WAL mode
 *   with its next statement. A transaction of anybody's at that moment makes it wait.
 * - from WAL: a connection that has read or written once holds a shared lock until it closes, idle or not, so this is
 *   refused ("database is locked") for as long as such a connection is open anywhere: the service has to be stopped. A
 *   connection that was opened and never used is not in the way.
 */
export const journalMode = defineTunable<SqliteConnection>({
  id: 'sqlite/journal-mode',
  meta: {
    title: 'Journal mode of the database file',
    why: 'With a write-ahead log readers do not wait for the writer nor it for them, and a commit costs fewer disk flushes.',
    effect: 'now',
    persistence: 'durable',
    risk: 'medium',
    locks: 'To WAL: for a moment all of the file. Back: nobody else may have the file open.',
    undo: 'The former mode is set again, which needs every other connection closed; until then it stays pending and recovery tries again.',
    toggles: false,
    order: 30,
    sources: [
      { title: 'SQLite: Write-Ahead Logging', url: 'https://sqlite.org/wal.html' },
      { title: 'SQLite: PRAGMA journal_mode', url: 'https://sqlite.org/pragma.html#pragma_journal_mode' },
    ],
  },
  to: target,

  async read(connection, _change, options) {
    return readFrom(connection, modeOf, options);
  },

  achieved: (state, { to }) => state === to,

  preview: ({ to }, from) => ({
    apply: `PRAGMA journal_mode = ${target.parse(to)}`,
    undo: `PRAGMA journal_mode = ${String(from)}, while nobody else has the file open`,
  }),

  async restartReason(connection) {
    const holders = await describePossibleHolders(connection.path);
    return holders === '' ? null : `to take it back, what has the file open has to be stopped (${holders})`;
  },

  async validate(connection, { to }) {
    const refuse = (reason: string) => new PitwallError('CHANGE_REFUSED', { subject: `journal mode ${to}`, reason });
    if (to === 'truncate' || to === 'persist') {
      throw refuse('this is a setting of each connection and does not persist, so the application has to set it');
    }
    requireWritable(connection);
    if (to !== 'wal') return;
    const filesystem = NETWORK_FILESYSTEMS.get(statfsSync(dirname(connection.path)).type >>> 0);
    if (filesystem) throw refuse(`the file is on ${filesystem}, where the log's shared memory is not safe`);
  },

  async write(connection, { to, from }, { signal, exclusive }) {
    const holders = await describePossibleHolders(connection.path);
    if (holders !== '' && !exclusive) {
      const action = 'changing the journal mode so that it can be taken back';
      throw new PitwallError('TARGET_IN_USE', { path: connection.path, holders, action });
    }
    await setMode(connection, target.parse(to), { signal }, from);
  },

  async undo(connection, _change, { state }, { signal, exclusive }) {
    const mode = target.parse(state);
    // Who has used a WAL database keeps its lock until it closes, so with somebody there waiting longer is of no use.
    const patient = exclusive || (await describeHolders(connection.path)) === '';
    try {
      await setMode(connection, mode, { signal, patient });
    } catch (error) {
      const locked = error instanceof PitwallError && error.code === 'TARGET_LOCKED';
      if (!locked || mode === 'wal' || exclusive) throw error;
      // Not a lock that passes by itself: it needs the others stopped, seen or not.
      const holders = (await describePossibleHolders(connection.path)) || 'a process that has ended since';
      const details = { path: connection.path, holders, action: 'leaving WAL' };
      throw new PitwallError('TARGET_IN_USE', details, { cause: error });
    }
  },
});

function modeOf(database: DatabaseSync): 'wal' | 'delete' {
  return database.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal' ? 'wal' : 'delete';
}

async function setMode(
  connection: SqliteConnection,
  mode: z.infer<typeof target>,
  waiting: Waiting,
  expected?: Json,
): Promise<void> {
  // Our own reading handle would be in the way as much as anybody else's; it opens again when it is next used.
  await connection.close();
  await withWriter(connection, waiting, async (database) => {
    // As late as possible: a mode cannot be set in a transaction, so there is no lock to hold meanwhile.
    if (expected !== undefined) {
      requireUnchanged('the journal mode', expected, await retry(connection, waiting, () => modeOf(database)));
    }
    // Without a busy handler SQLite says so at once; a mode that cannot be left is answered by the old mode, not an error.
    const now = await retry(connection, waiting, () => database.prepare(`PRAGMA journal_mode = ${mode}`).get());
    if (now?.journal_mode !== mode) throw new Error(`SQLite stays in journal mode ${String(now?.journal_mode)}`);
  });
}

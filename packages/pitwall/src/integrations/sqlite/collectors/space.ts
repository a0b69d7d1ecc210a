import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import type { SqliteConnection } from '../connection.ts';
import { type FileFact, fact } from '../facts.ts';
import { sqliteFailure } from '../failures.ts';

/**
 * File systems on which WAL does not work between hosts and locks often do not either (https://sqlite.org/wal.html,
 * https://sqlite.org/faq.html#q5), by the magic number of statfs(2). FUSE may be one (sshfs) and may be none: not listed.
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
]);

export const space = defineCollector<SqliteConnection>({
  id: 'space',
  title: 'Size of the database, its free pages and its write-ahead log',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection, context) {
    const file = readFile(connection);
    const at = context.environment.now();
    const sample = (name: string, value: number): Sample => ({ name, labels: {}, at, value });
    const samples = [sample('sqlite.database.size', file.bytes)];
    const gaps: Gap[] = [];
    if (file.pageCount > 0) samples.push(sample('sqlite.freelist.ratio', file.freePages / file.pageCount));
    else gaps.push({ what: 'sqlite.freelist.ratio', why: 'the database is empty' });
    if (file.walBytes !== null) samples.push(sample('sqlite.wal.size', file.walBytes));
    else gaps.push({ what: 'sqlite.wal.size', why: 'there is no -wal file' });
    return { samples, facts: [fact('sqlite.file', '', file)], gaps };
  },
});

function readFile(connection: SqliteConnection): FileFact {
  try {
    const reader = connection.reader();
    const row = reader
      .prepare(
        `SELECT (SELECT page_size FROM pragma_page_size) AS pageSize, (SELECT page_count FROM pragma_page_count) AS pageCount,
                (SELECT freelist_count FROM pragma_freelist_count) AS freePages, sqlite_version() AS version`,
      )
      .get()!;
    // As the database sees itself: in WAL mode the file may be shorter or longer until the next checkpoint.
    const bytes = Number(row.pageSize) * Number(row.pageCount);
    return {
      bytes,
      pageSize: Number(row.pageSize),
      pageCount: Number(row.pageCount),
      freePages: Number(row.freePages),
      walBytes: statSync(`${connection.path}-wal`, { throwIfNoEntry: false })?.size ?? null,
      networkFileSystem: networkFileSystemOf(statfsSync(connection.path).type),
      writable: isWritable(connection.path) && isWritable(dirname(connection.path)),
      sqliteVersion: String(row.version),
    };
  } catch (error) {
    throw sqliteFailure(error, connection.path);
  }
}

/** `type` of statfs(2), which some platforms sign-extend. */
export function networkFileSystemOf(type: number): string | null {
  return NETWORK_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { defineCollector } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import { fact } from '../facts.ts';
import { sqliteFailure } from '../failures.ts';

const IN_FILE = 'Stored in the file: the same for every connection.';
const OURS = 'Belongs to each connection: this is Pitwall’s own and says nothing about the application’s.';

/**
 * What is worth knowing, and whether it lives in the file. Tried out by setting each in one connection and reading it in a
 * new one (SQLite 3.53); https://sqlite.org/pragma.html.
 */
const PRAGMAS: readonly (readonly [name: string, persists: boolean, note: string])[] = [
  [
    'journal_mode',
    true,
    'WAL is stored in the file; the other modes belong to each connection, DELETE is the default.',
  ],
  ['page_size', true, `${IN_FILE} Changed by VACUUM, outside WAL mode.`],
  ['auto_vacuum', true, `${IN_FILE} 0 none, 1 full, 2 incremental; changed by VACUUM.`],
  ['encoding', true, IN_FILE],
  ['user_version', true, IN_FILE],
  ['application_id', true, IN_FILE],
  ['schema_version', true, IN_FILE],
  ['default_cache_size', true, `${IN_FILE} Deprecated; builds without deprecated features ignore it.`],
  ['synchronous', false, OURS],
  ['cache_size', false, OURS],
  ['temp_store', false, OURS],
  ['mmap_size', false, OURS],
  ['busy_timeout', false, OURS],
  ['wal_autocheckpoint', false, OURS],
  ['journal_size_limit', false, OURS],
  ['foreign_keys', false, OURS],
  ['locking_mode', false, OURS],
  ['secure_delete', false, OURS],
  ['automatic_index', false, OURS],
  ['analysis_limit', false, OURS],
  ['threads', false, OURS],
];

export const pragmas = defineCollector<SqliteConnection>({
  id: 'pragmas',
  title: 'Settings of the database, and which of them live in its file',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    try {
      const reader = connection.reader();
      return {
        facts: PRAGMAS.map(([name, persists, note]) =>
          fact('sqlite.pragma', name, { value: readPragma(reader, name), persists, note }),
        ),
      };
    } catch (error) {
      throw sqliteFailure(error, connection.path);
    }
  },
});

/** Null when this build does not know it. `name` is one of ours, never from outside. */
function readPragma(database: DatabaseSync, name: string): string | number | null {
  const value = Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

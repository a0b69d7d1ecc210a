import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { syncDirectory, syncFile } from './durable.ts';
import { transaction } from './transaction.ts';

/** One step forward of the schema. There is no way back: the copy that is kept before it is the way back. */
export interface Migration {
  /** 1, 2, 3 … without gaps; `user_version` of a store that has run it. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Schema version of an open store. */
export function versionOf(database: DatabaseSync): number {
  return database.prepare('PRAGMA user_version').get()?.user_version as number;
}

/** Runs the migrations that this store has not run yet, each in a transaction that checks the version again first. */
export function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  for (const migration of migrations) {
    if (migration.version <= versionOf(database)) continue;
    transaction(database, () => {
      // Another process may have got here between the look outside and the lock.
      if (versionOf(database) >= migration.version) return;
      database.exec(migration.sql);
      database.exec(`PRAGMA user_version = ${migration.version}`);
    });
  }
}

/**
 * Keeps a copy of an existing store as `store.v<version>.db` beside it, by SQLite's backup API (consistent while others
 * write), fsynced before this returns. A copy that is cut short never carries the final name.
 */
export async function keepCopy(database: DatabaseSync, file: string, version: number): Promise<string> {
  const copy = join(dirname(file), `store.v${version}.db`);
  const unfinished = `${copy}.${process.pid}.tmp`;
  try {
    // Created here for its mode: the copy is as private as the store.
    closeSync(openSync(unfinished, 'w', 0o600));
    await backup(database, unfinished);
    syncFile(unfinished);
    renameSync(unfinished, copy);
    syncDirectory(dirname(file));
  } finally {
    if (existsSync(unfinished)) rmSync(unfinished);
  }
  return copy;
}

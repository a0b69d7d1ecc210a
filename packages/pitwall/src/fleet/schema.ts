import { PitwallError } from '../errors.ts';
import type { Connection, Database } from './database.ts';
import { migration1 } from './migrations/001-load.ts';

/** In order; what has been published is never edited. */
const MIGRATIONS: readonly string[] = [migration1];
/** Any number: those who make tables at the same time wait for each other. */
const LOCK = 0x70697477;
const COMPONENT = 'load';

/**
 * Makes or upgrades our tables. Statements that define something run only when there is something to do, so that later users
 * of the store need no right to create.
 * @throws PitwallError SHARED_STORE_NEWER, SHARED_STORE_RIGHTS
 */
export async function migrate(database: Database): Promise<void> {
  if ((await versionOf(database, database.name)) === MIGRATIONS.length) return;
  await oneAtATime(database, async (connection) => {
    const version = await versionOf(connection, database.name);
    if (version === MIGRATIONS.length) return;
    if (version === 0) {
      await connection.query('CREATE SCHEMA IF NOT EXISTS pitwall');
      await connection.query(
        'CREATE TABLE IF NOT EXISTS pitwall.migration (component text NOT NULL, version int NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (component, version))',
      );
    }
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < version) continue;
      await connection.query(statements);
      await connection.query('INSERT INTO pitwall.migration (component, version) VALUES ($1, $2)', [
        COMPONENT,
        index + 1,
      ]);
    }
  });
}

/** For whoever makes tables: two who do it at the same time would get in each other's way. */
export function oneAtATime<T>(database: Database, work: (connection: Connection) => Promise<T>): Promise<T> {
  return database.transaction(async (connection) => {
    await connection.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    return work(connection);
  });
}

async function versionOf(connection: Connection, store: string): Promise<number> {
  // Not `to_regclass`: inside a transaction it may answer from a cache that is older than the lock we waited for.
  const [table] = await connection.query<{ known: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'pitwall' AND tablename = 'migration') AS known",
  );
  if (!table!.known) return 0;
  const [row] = await connection.query<{ version: number | null }>(
    'SELECT max(version) AS version FROM pitwall.migration WHERE component = $1',
    [COMPONENT],
  );
  const version = row!.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new PitwallError('SHARED_STORE_NEWER', { store, version, known: MIGRATIONS.length });
  }
  return version;
}

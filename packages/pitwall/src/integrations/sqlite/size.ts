import type { Sample } from '../../model/observation.ts';
import type { SqliteConnection } from './connection.ts';

/** The database as it sees itself; in WAL mode the file may be shorter or longer until the next checkpoint. */
export function databaseBytes(connection: SqliteConnection): number {
  const row = connection
    .reader()
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get();
  return Number(row?.bytes);
}

export function sizeSample(connection: SqliteConnection, at: number): Sample {
  return { name: 'sqlite.database.size', labels: {}, at, value: databaseBytes(connection) };
}

/** Seconds for walking through the pages of the file. */
const DBSTAT_LIMIT = 10;
/** dbstat reads every page; a file larger than this would take the whole limit from the disk for nothing. */
const DBSTAT_BYTES = 8 * 2 ** 30;

/** Bytes of each b-tree (table or index) by name, or why not. Source: https://sqlite.org/dbstat.html. */
export async function measureBytes(
  connection: SqliteConnection,
  signal: AbortSignal,
): Promise<{ readonly bytes: ReadonlyMap<string, number> } | { readonly why: string }> {
  const size = databaseBytes(connection);
  if (size > DBSTAT_BYTES)
    return { why: `reading every page of ${Math.round(size / 2 ** 30)} GiB would take too long` };
  const result = await connection.runner().rows(
    {
      database: connection.path,
      sql: "SELECT name, pgsize FROM dbstat WHERE schema = 'main' AND aggregate = TRUE",
      limit: 100_000,
    },
    DBSTAT_LIMIT,
    signal,
  );
  if ('failure' in result) return { why: result.why };
  return { bytes: new Map(result.answer.rows.map((row) => [String(row.name), Number(row.pgsize)])) };
}

/** Of all indexes together, those of constraints too; null when it could not be measured. */
export async function measureIndexBytes(connection: SqliteConnection, signal: AbortSignal): Promise<number | null> {
  const measured = await measureBytes(connection, signal);
  if ('why' in measured) return null;
  const names = connection.reader().prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all();
  return names.reduce((sum, row) => sum + (measured.bytes.get(String(row.name)) ?? 0), 0);
}

import type { Workload } from '../../../model/database.ts';
import type { SqliteConnection } from '../connection.ts';

const kept = new WeakMap<SqliteConnection, Workload>();

/** The last workload that was read over the connection, with samples: in memory only, it holds values. Null: none was. */
export function keptWorkload(connection: SqliteConnection): Workload | null {
  return kept.get(connection) ?? null;
}

export function keepWorkload(connection: SqliteConnection, workload: Workload): void {
  kept.set(connection, workload);
}

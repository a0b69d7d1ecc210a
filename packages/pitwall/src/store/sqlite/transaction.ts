import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs `work` in a transaction that takes the write lock at once: a transaction that begins as a reader and wants to write
 * later can meet SQLITE_BUSY that no waiting resolves. Nothing of it remains when `work` or the commit throws.
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // After a full disk or an I/O error SQLite may have rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { quoteIdentifier } from './identifiers.ts';

/**
 * Statements that give a new index its row in sqlite_stat1, where the database has statistics at all: beside indexes that
 * have one, an index without is judged by defaults and may be preferred or passed over wrongly. DROP INDEX deletes the row.
 * All of the index is counted: building it has just read and sorted the whole table, beside which this is little, and what
 * was tried on a copy has then the same statistics in place (https://sqlite.org/lang_analyze.html: without a limit they are exact).
 */
export function analyzeIndexSql(index: string): readonly string[] {
  return ['PRAGMA analysis_limit = 0', `ANALYZE main.${quoteIdentifier(index)}`];
}

/** Where the database was never analysed nothing is done: statistics of one index alone mislead about the others. */
export function hasStatistics(database: DatabaseSync): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1' AND type = 'table'";
  return (
    database.prepare(sql).get() !== undefined && database.prepare('SELECT 1 FROM sqlite_stat1').get() !== undefined
  );
}

export function analyzeIndex(database: DatabaseSync, index: string): void {
  if (!hasStatistics(database)) return;
  for (const statement of analyzeIndexSql(index)) database.exec(statement);
}

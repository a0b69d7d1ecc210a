import { printable } from '../../errors.ts';
import type { Gap } from '../../model/observation.ts';
import { counted } from '../../model/plural.ts';
import type { SqliteConnection } from './connection.ts';
import type { TableFact } from './facts.ts';
import { quoteIdentifier } from './identifiers.ts';
import type { Schema } from './schema.ts';

type RowCount = Pick<TableFact, 'rows' | 'rowsFrom'>;

/** Tables up to this many bytes are counted: about a tenth of a second for a warm file, a second for a cold disk. */
const COUNT_BYTES = 64 * 2 ** 20;
/** Seconds for all exact counts together. */
const COUNT_LIMIT = 5;

/**
 * Rows of every table: counted when it is small and there is time; otherwise the largest rowid, which is too high by the
 * rows ever deleted; otherwise what ANALYZE wrote. Each says which it is.
 */
export async function readRows(
  connection: SqliteConnection,
  schema: Schema,
  bytes: ReadonlyMap<string, number>,
  gaps: Gap[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RowCount>> {
  const counts = new Map<string, RowCount>();
  const until = performance.now() + COUNT_LIMIT * 1000;
  for (const table of schema.tables) {
    const name = quoteIdentifier(table.name);
    const left = (until - performance.now()) / 1000;
    const size = bytes.get(table.name);
    let rows: number | null = null;
    if (size !== undefined && size <= COUNT_BYTES && left > 0.05) {
      const counted = await askNumber(connection, `SELECT count(*) AS n FROM ${name}`, left, signal);
      if (typeof counted === 'number') rows = counted;
      // Out of time is no news, everything else is: a damaged page shows here.
      else if (counted.failure === 'error') gaps.push({ what: `rows of ${printable(table.name)}`, why: counted.why });
    }
    if (rows !== null) {
      counts.set(table.name, { rows, rowsFrom: 'count' });
      continue;
    }
    counts.set(table.name, await estimate(connection, schema, table.name, signal));
  }
  const unknown = [...counts.values()].filter((count) => count.rowsFrom === 'unknown').length;
  if (unknown > 0)
    gaps.push({
      what: 'rows',
      why: `${counted(unknown, 'table is', 'tables are')} too large to count and were never analysed`,
    });
  return counts;
}

async function estimate(
  connection: SqliteConnection,
  schema: Schema,
  table: string,
  signal: AbortSignal,
): Promise<RowCount> {
  const found = schema.tables.find((candidate) => candidate.name === table)!;
  const rowid = rowidNameOf(found.columns.map((column) => column.name));
  if (!found.withoutRowid && rowid) {
    const sql = `SELECT max(${rowid}) AS n FROM ${quoteIdentifier(table)}`;
    const rows = await askNumber(connection, sql, 1, signal);
    if (typeof rows === 'number') return { rows: Math.max(0, rows), rowsFrom: 'max-rowid' };
  }
  const analyzed = schema.statistics.filter((entry) => entry.table === table).map((entry) => entry.rows);
  if (analyzed.length === 0) return { rows: null, rowsFrom: 'unknown' };
  return { rows: Math.max(...analyzed), rowsFrom: 'sqlite_stat1' };
}

/** A name of the rowid that no column of the table has taken. */
export function rowidNameOf(columns: readonly string[]): string | undefined {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}

/** The column `n` of the first row, 0 when it is NULL (an empty table). */
async function askNumber(
  connection: SqliteConnection,
  sql: string,
  limit: number,
  signal: AbortSignal,
): Promise<number | { readonly failure: 'timeout' | 'error'; readonly why: string }> {
  const result = await connection.runner().rows({ database: connection.path, sql, limit: 1 }, limit, signal);
  return 'failure' in result ? result : Number(result.answer.rows[0]?.n ?? 0);
}

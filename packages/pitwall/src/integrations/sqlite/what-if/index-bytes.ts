import type { AdvisorTable, IndexSpec } from '../../_sql/advisor/problem.ts';
import type { KeyAnswer } from './protocol.ts';

/** Bytes of a page that hold cells, when an index is built at once from sorted entries. */
const FILL = 0.985;
/** Of each cell: its pointer (2), the payload's length (1), the record's header length (1). */
const CELL = 4;
const WIDTH_OF_EXPRESSION = 12;
/** Bytes of the rowid as a value, by the number of rows: https://sqlite.org/fileformat2.html#record_format. */
const INTEGERS: readonly (readonly [below: number, bytes: number])[] = [
  [128, 1],
  [32_768, 2],
  [8_388_608, 3],
  [2_147_483_648, 4],
];

/**
 * Bytes of the index as CREATE INDEX builds it: SQLite stores every entry whole (no deduplication), with a byte of header for
 * each value and the rowid, or in WITHOUT ROWID tables the primary key, at its end. `counted`: of the sample.
 */
export function indexBytes(
  spec: IndexSpec,
  tables: readonly AdvisorTable[],
  counted: KeyAnswer | null,
  share: number,
): number {
  const table = tables.find(({ name }) => name === spec.table);
  const rows = table?.rows ?? 0;
  const width = counted?.width ?? spec.keys.reduce((sum, { column }) => sum + widthOf(table, column), 0);
  const rowid = INTEGERS.find(([below]) => rows < below)?.[1] ?? 6;
  const entry = CELL + width + spec.keys.length + 1 + rowid;
  // A tree is one page at least; inner pages repeat an entry for each page below, which is less than a hundredth.
  return Math.max(4096, Math.ceil((rows * (counted?.share ?? share) * entry) / FILL));
}

function widthOf(table: AdvisorTable | undefined, column: string | null): number {
  return table?.columns.find(({ name }) => name === column)?.width ?? WIDTH_OF_EXPRESSION;
}

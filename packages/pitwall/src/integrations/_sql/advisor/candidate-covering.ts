import type { Sequence } from './candidate-orders.ts';
import { keyOn } from './key-of.ts';
import type { AdvisorTable, Dialect, IndexSpec } from './problem.ts';
import type { UseColumns } from './use-columns.ts';

/**
 * An index that carries along all that the use reads spares the way to the table. Worth trying with any order of keys while it
 * stays below this share of a row: research §2.3.3, about a quarter.
 */
const NARROW = 1 / 4;

/** The orders that the use was made for may carry up to half a row: the planner and the bytes then decide, beyond it is a copy of the table. */
const WIDE = 1 / 2;

/** Columns carried along at most: more is a copy of the table in another order. */
const CARRIED = 8;

/** Bytes of a row beside its values: PostgreSQL's tuple header with padding and line pointer (23 + 1 + 4); no less in kind elsewhere. */
const ROW_OVERHEAD = 28;

/** Width of an expression's value, which no statistics tell before the index exists. */
const EXPRESSION_WIDTH = 16;

/** The index with all that the use reads carried along; null when it is not known, nothing is missing, or it would be too wide. */
export function covering(
  keys: Sequence,
  use: UseColumns,
  where: string | null,
  { dialect, main }: { readonly dialect: Dialect; readonly main: boolean },
): IndexSpec | null {
  if (use.output === null) return null;
  const { table } = use;
  const held = new Set([...keys.map((key) => key.column), table.rowid]);
  const wanted = new Set(use.output);
  // In the table's order: so that two statements that read the same columns get the same index.
  const missing = table.columns.map(({ name }) => name).filter((name) => wanted.has(name) && !held.has(name));
  if (missing.length === 0 || missing.length > CARRIED) return null;
  if (missing.some((name) => mayNotFit(name, table))) return null;
  if (widthOf(keys, missing, table) > (main ? WIDE : NARROW) * rowWidth(table)) return null;
  return dialect.include
    ? { table: table.name, keys, include: missing, where }
    : { table: table.name, keys: [...keys, ...missing.map(keyOn)], include: [], where };
}

/** One long value would make writes fail that work today; where another index has the column, they fail already. */
function mayNotFit(name: string, { columns, indexes }: AdvisorTable): boolean {
  if (!columns.find((column) => column.name === name)?.unbounded) return false;
  return !indexes.some(({ spec }) => spec?.include.includes(name) || spec?.keys.some(({ column }) => column === name));
}

/** Keys that an index may have in all: where nothing can be INCLUDEd, columns carried along are keys. */
export function widestOf(dialect: Dialect, maxKeys: number): number {
  return dialect.include ? maxKeys : maxKeys + CARRIED;
}

function widthOf(keys: Sequence, carried: readonly string[], table: AdvisorTable): number {
  const width = (name: string) => table.columns.find((column) => column.name === name)?.width ?? 0;
  let sum = 0;
  for (const key of keys) sum += key.column === null ? EXPRESSION_WIDTH : width(key.column);
  for (const name of carried) sum += width(name);
  return sum;
}

function rowWidth(table: AdvisorTable): number {
  return ROW_OVERHEAD + table.columns.reduce((sum, { width }) => sum + width, 0);
}

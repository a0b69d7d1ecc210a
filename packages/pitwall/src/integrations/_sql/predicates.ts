import type { SortUse, TableUse, Tested } from './roles.ts';
import { type ColumnsOf, understandSqlite } from './sqlite-understand.ts';

/** A column as a query tests or orders by it. `collate` only where the query names one. */
export interface ColumnUse {
  readonly column: string;
  readonly collate?: string;
}

export interface OrderUse extends ColumnUse {
  readonly desc: boolean;
}

/** What a query does with the plain columns of one table: where an ordinary index could serve it. */
export interface TableRoles {
  readonly table: string;
  readonly alias: string;
  /** Compared with a value for equality (=, IN, IS NULL). */
  readonly equality: readonly ColumnUse[];
  /** Compared for equality with a column of another table. */
  readonly joins: readonly ColumnUse[];
  /** <, >, BETWEEN, GLOB 'prefix*'. */
  readonly ranges: readonly ColumnUse[];
  readonly orderBy: readonly OrderUse[];
  readonly groupBy: readonly OrderUse[];
  readonly limit: boolean;
}

/**
 * Roles of the columns, one entry a table in each SELECT (UPDATE, DELETE), for what can be said for sure. A narrower view of
 * `understandSqlite`: without expressions, and without orders of NULLs that an index of SQLite does not have.
 */
export function rolesIn(sql: string, columnsOf: ColumnsOf): readonly TableRoles[] {
  return understandSqlite(sql, columnsOf).uses.map(plainRoles);
}

function plainRoles(use: TableUse): TableRoles {
  const orderBy = plainOrder(use.orderBy);
  return {
    table: use.table,
    alias: use.alias,
    equality: plainColumns(use.equality),
    joins: plainColumns(use.joins),
    ranges: plainColumns(use.ranges),
    orderBy,
    groupBy: plainOrder(use.groupBy),
    limit: use.limit,
  };
}

function plainColumns(uses: readonly Tested[]): readonly ColumnUse[] {
  const columns = uses.flatMap(plainColumn);
  return columns.filter((use, i) => columns.findIndex((other) => other.column === use.column) === i);
}

function plainOrder(sorts: readonly SortUse[]): readonly OrderUse[] {
  if (sorts.some(({ column, nullsFirst }) => column === null || nullsFirst !== null)) return [];
  return sorts.flatMap((sort) => plainColumn(sort).map((use) => ({ ...use, desc: sort.desc })));
}

function plainColumn({ column, collate }: Tested): readonly ColumnUse[] {
  if (column === null) return [];
  return [collate === undefined ? { column } : { column, collate }];
}

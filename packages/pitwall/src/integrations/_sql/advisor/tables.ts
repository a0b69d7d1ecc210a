import type { TableUse } from '../roles.ts';
import type { AdvisorTable, Dialect, Problem } from './problem.ts';

/** Tables and columns by name, as the dialect compares names. */
export interface Catalog {
  table(name: string): AdvisorTable | null;
  /** The column's name as the table spells it; null: it has no such column. */
  column(table: AdvisorTable, name: string): string | null;
}

/** Built once a problem: with hundreds of statements names are looked up thousands of times. */
export function catalogOf({ tables, dialect }: Pick<Problem, 'tables' | 'dialect'>): Catalog {
  const byName = new Map(tables.map((table) => [dialect.fold(table.name), table]));
  const columns = new Map(tables.map((table) => [table, columnNames(table, dialect)]));
  return {
    table: (name) => byName.get(dialect.fold(name)) ?? null,
    column: (table, name) => columns.get(table)?.get(dialect.fold(name)) ?? null,
  };
}

function columnNames(table: AdvisorTable, dialect: Dialect): ReadonlyMap<string, string> {
  return new Map(table.columns.map(({ name }) => [dialect.fold(name), name]));
}

/** Whether the use tests, joins or orders anything: without a role no index can serve it. */
export function hasRole(use: TableUse): boolean {
  const { equality, joins, ranges, orderBy, groupBy, constants } = use;
  return [equality, joins, ranges, orderBy, groupBy, constants].some((list) => list.length > 0);
}

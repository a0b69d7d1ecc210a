import type { SortUse, TableUse, TableWrite } from '../_sql/roles.ts';
import { understandSqlite } from '../_sql/sqlite-understand.ts';
import type { Understood } from '../_sql/statement/understood.ts';

/** A table and its columns as the schema spells them, or null when there is no such table. */
export type FindTable = (name: string) => { readonly name: string; readonly columns: readonly string[] } | null;

/** What a statement does with the tables of this database, named as the schema names them. Never throws. */
export function usesOf(sql: string, find: FindTable): Understood {
  const understood = understandSqlite(sql, (name) => find(name)?.columns ?? null);
  const spelled = <T extends { readonly table: string }>(entry: T): T => ({
    ...entry,
    table: find(entry.table)?.name ?? entry.table,
  });
  return {
    ...understood,
    tables: [...new Set(understood.tables.map((name) => find(name)?.name ?? name))],
    uses: understood.uses.map((use): TableUse => {
      return { ...spelled(use), orderBy: withoutNulls(use.orderBy), groupBy: withoutNulls(use.groupBy) };
    }),
    writes: understood.writes.map((write): TableWrite => spelled(write)),
  };
}

/** An index of SQLite has NULLs first and cannot say otherwise: an order that does is not its order. */
function withoutNulls(sorts: readonly SortUse[]): readonly SortUse[] {
  return sorts.some(({ nullsFirst }) => nullsFirst !== null) ? [] : sorts;
}

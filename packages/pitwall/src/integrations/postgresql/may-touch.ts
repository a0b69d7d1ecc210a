import { nameOf, partsOf } from './identifiers.ts';

/** Whether a statement may do something with the table, by `nameOf`. Statements name a table of the search path without its schema. */
export function mayTouch({ tables }: { readonly tables: readonly string[] }, table: string): boolean {
  const parts = partsOf(table);
  const bare = parts === null ? table : nameOf(parts.at(-1)!);
  return tables.some((name) => name === table || name === bare);
}

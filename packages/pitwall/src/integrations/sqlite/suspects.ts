import { rolesIn } from '../_sql/predicates.ts';
import type { QueryRoles } from './candidates.ts';
import type { QueryFact, TableFact } from './facts.ts';

/** A table that queries read in full, and what might be indexed. */
export interface Suspect {
  readonly table: string;
  readonly rows: number;
  /** What is wrong, by query. */
  readonly troubles: ReadonlyMap<string, string>;
  readonly uses: readonly QueryRoles[];
}

/** Large tables that a plan reads in full, indexes for one run, or sorts for a LIMIT. */
export function suspectsIn(
  queries: ReadonlyMap<string, QueryFact>,
  tables: ReadonlyMap<string, TableFact>,
  minimumRows: number,
): readonly Suspect[] {
  const troubles = new Map<string, Map<string, string>>();
  const uses = new Map<string, QueryRoles[]>();
  const nameOf = (name: string) => [...tables.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
  for (const [query, value] of queries) {
    const roles = rolesIn(value.sql, (table) => {
      const name = nameOf(table);
      return name === undefined ? null : tables.get(name)!.columns.map((column) => column.name);
    });
    for (const role of roles) {
      const table = nameOf(role.table)!;
      uses.set(table, [...(uses.get(table) ?? []), { query, roles: role }]);
    }
    for (const [alias, trouble] of troublesOf(value)) {
      const named = roles.filter((role) => alias === null || role.alias.toLowerCase() === alias.toLowerCase());
      const names = named.length > 0 ? named.map((role) => role.table) : alias === null ? [] : [alias];
      for (const name of names) {
        const table = nameOf(name);
        if (table === undefined || (tables.get(table)!.rows ?? 0) < minimumRows) continue;
        const of = troubles.get(table) ?? new Map<string, string>();
        if (!of.has(query)) of.set(query, trouble);
        troubles.set(table, of);
      }
    }
  }
  return [...troubles].map(([table, of]) => ({
    table,
    rows: tables.get(table)!.rows!,
    troubles: of,
    uses: (uses.get(table) ?? []).filter((use) => of.has(use.query)),
  }));
}

/** By the name the plan gives the table; null: any table that the query orders by. */
function troublesOf(query: QueryFact): readonly (readonly [alias: string | null, trouble: string])[] {
  const list: [string | null, string][] = [];
  for (const { table, index } of query.scans)
    list.push([table, index === null ? 'reads every row' : 'reads a whole index']);
  for (const table of query.automaticIndexes) list.push([table, 'builds an index for every run']);
  if (/\blimit\b/i.test(query.sql) && query.tempBtrees.some((purpose) => purpose.endsWith('ORDER BY'))) {
    list.push([null, 'sorts everything to return the first rows']);
  }
  return list;
}

import { rolesIn } from '../_sql/predicates.ts';
import type { TableUse } from '../_sql/roles.ts';
import { understandSqlite } from '../_sql/sqlite-understand.ts';
import type { QueryRoles } from './candidates.ts';
import type { PlanReading, TableFact } from './facts.ts';

/** A configured query, or a statement of the workload. */
export interface Planned extends PlanReading {
  /** Of a statement without values, and cut where it is long. */
  readonly sql: string;
}

/** A table that queries read in full, and what might be indexed. */
export interface Suspect {
  readonly table: string;
  readonly rows: number;
  /** What is wrong, by name of the query or id of the statement. */
  readonly troubles: ReadonlyMap<string, string>;
  readonly uses: readonly QueryRoles[];
  /** Whether one of them tests or sorts by an expression, which an index could hold. */
  readonly expressions: boolean;
}

/** Large tables that a plan reads in full, indexes for one run, or sorts for a LIMIT. */
export function suspectsIn(
  queries: ReadonlyMap<string, Planned>,
  tables: ReadonlyMap<string, TableFact>,
  minimumRows: number,
): readonly Suspect[] {
  const troubles = new Map<string, Map<string, string>>();
  const uses = new Map<string, QueryRoles[]>();
  const expressed = new Map<string, Set<string>>();
  const nameOf = (name: string) => [...tables.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
  for (const [query, value] of queries) {
    const columnsOf = (table: string) => {
      const name = nameOf(table);
      return name === undefined ? null : tables.get(name)!.columns.map((column) => column.name);
    };
    const roles = rolesIn(value.sql, columnsOf);
    expressed.set(
      query,
      new Set(
        understandSqlite(value.sql, columnsOf)
          .uses.filter(testsExpression)
          .map(({ table }) => nameOf(table)!),
      ),
    );
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
    expressions: [...of.keys()].some((query) => expressed.get(query)?.has(table)),
  }));
}

function testsExpression({ equality, joins, ranges, orderBy, groupBy }: TableUse): boolean {
  return [equality, joins, ranges, orderBy, groupBy].some((list) => list.some(({ expression }) => expression !== null));
}

/** By the name the plan gives the table; null: any table that the query orders by. */
function troublesOf(query: Planned): readonly (readonly [alias: string | null, trouble: string])[] {
  const list: [string | null, string][] = [];
  for (const { table, index } of query.scans)
    list.push([table, index === null ? 'reads every row' : 'reads a whole index']);
  for (const table of query.automaticIndexes) list.push([table, 'builds an index for every run']);
  if (/\blimit\b/i.test(query.sql) && query.tempBtrees.some((purpose) => purpose.endsWith('ORDER BY'))) {
    list.push([null, 'sorts everything to return the first rows']);
  }
  return list;
}

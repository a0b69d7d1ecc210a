import type { SortUse, TableUse, Tested } from '../roles.ts';
import { keyOn, subjectOf } from './key-of.ts';
import type { AdvisorStatement, AdvisorTable, Dialect, IndexKey } from './problem.ts';
import type { Catalog } from './tables.ts';

interface JoinKey {
  readonly key: IndexKey;
  /** The other table, null when that is not a plain one. */
  readonly other: string | null;
}

export interface ConstantUse {
  readonly predicate: string;
  readonly columns: readonly string[];
  readonly kept: number | null;
}

/** A use of a table with all names as the catalog spells them, and only what an index of the dialect can be made of. */
export interface UseColumns {
  readonly table: AdvisorTable;
  /** Equal to one value: what follows such keys is in the order of the next key. Most shared first. */
  readonly equal: readonly IndexKey[];
  /** IN with several values: equality, but no order behind it. */
  readonly among: readonly IndexKey[];
  readonly joins: readonly JoinKey[];
  readonly ranges: readonly IndexKey[];
  readonly order: readonly IndexKey[];
  readonly group: readonly IndexKey[];
  readonly limit: boolean;
  readonly output: readonly string[] | null;
  readonly constants: readonly ConstantUse[];
}

/** How many statements test a subject of a table for equality or join by it. */
export type Popularity = (table: AdvisorTable, key: IndexKey) => number;

/** Null when the table is not known. */
export function columnsOfUse(use: TableUse, catalog: Catalog, dialect: Dialect): UseColumns | null {
  const table = catalog.table(use.table);
  if (!table) return null;
  const keyOfTest = (tested: Tested): IndexKey | null => {
    const plain = tested.column === null ? null : catalog.column(table, tested.column);
    if (plain === null && (tested.expression === null || !dialect.expressions)) return null;
    const base = plain === null ? { ...keyOn(''), column: null, expression: tested.expression } : keyOn(plain);
    return { ...base, collate: tested.collate ?? null, opclass: tested.opclass ?? null };
  };
  const keys = (list: readonly Tested[]) => unique(list.map(keyOfTest).filter((key) => key !== null));
  const sorted = (list: readonly SortUse[]): readonly IndexKey[] => {
    const all = list.map((sort) => {
      const key = keyOfTest(sort);
      return key && { ...key, desc: sort.desc, nullsFirst: sort.nullsFirst };
    });
    // An order that an index can only partly give is none.
    return all.every((key) => key !== null) ? unique(all as IndexKey[]) : [];
  };
  const names = (list: readonly string[]) => list.map((name) => catalog.column(table, name));
  const output = use.output === null ? null : names(use.output);
  const isMany = (test: string, values: number) => test === 'in' && values > 1;
  return {
    table,
    equal: keys(use.equality.filter(({ test, values }) => !isMany(test, values))),
    among: keys(use.equality.filter(({ test, values }) => isMany(test, values))),
    joins: use.joins.flatMap((join) => {
      const key = keyOfTest(join);
      return key ? [{ key, other: join.with === null ? null : dialect.fold(join.with.table) }] : [];
    }),
    ranges: keys(use.ranges),
    order: sorted(use.orderBy),
    group: sorted(use.groupBy),
    limit: use.limit,
    output: output?.every((name) => name !== null) ? [...new Set(output)] : null,
    constants: use.constants.flatMap(({ predicate, columns, kept }) => {
      const known = names(columns);
      return known.every((name) => name !== null) ? [{ predicate, columns: known, kept: kept ?? null }] : [];
    }),
  };
}

/** Over all statements: a column that many of them test goes first, because then one index serves them all. */
export function popularityOf(statements: readonly AdvisorStatement[], catalog: Catalog, dialect: Dialect): Popularity {
  const counts = new Map<string, number>();
  const nameOf = (table: AdvisorTable, key: IndexKey) => `${table.name}\n${subjectOf(key)}`;
  for (const statement of statements) {
    const seen = new Set<string>();
    for (const use of statement.uses) {
      const columns = columnsOfUse(use, catalog, dialect);
      if (!columns) continue;
      const { table, equal, among, joins } = columns;
      for (const key of [...equal, ...among, ...joins.map((join) => join.key)]) seen.add(nameOf(table, key));
    }
    for (const name of seen) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (table, key) => counts.get(nameOf(table, key)) ?? 0;
}

/** Most shared first, then the most selective (most different values; unknown last), then by name. */
export function bySharing(keys: readonly IndexKey[], table: AdvisorTable, popularity: Popularity): readonly IndexKey[] {
  const distinct = (key: IndexKey) => table.columns.find(({ name }) => name === key.column)?.distinct ?? 0;
  return [...keys].sort(
    (a, b) =>
      popularity(table, b) - popularity(table, a) ||
      distinct(b) - distinct(a) ||
      (subjectOf(a) < subjectOf(b) ? -1 : 1),
  );
}

/** The first of each subject: a second key on the same column says nothing more. */
export function unique(keys: readonly IndexKey[]): IndexKey[] {
  const seen = new Set<string>();
  return keys.filter((key) => !seen.has(subjectOf(key)) && seen.add(subjectOf(key)));
}

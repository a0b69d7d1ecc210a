import { covering } from './candidate-covering.ts';
import { ordersOf, type Sequence } from './candidate-orders.ts';
import { partialUses } from './candidate-partial.ts';
import { keyOf, keyOn } from './key-of.ts';
import type { AdvisorStatement, AdvisorTable, IndexSpec, Problem } from './problem.ts';
import { serves } from './serves.ts';
import { type Catalog, hasRole } from './tables.ts';
import { columnsOfUse, type Popularity, popularityOf, type UseColumns } from './use-columns.ts';

/** Candidates of a statement on one table, and for each further table that it uses: research §2.3.3, about 30 a query. */
const FIRST_TABLE = 30;
const FURTHER_TABLE = 8;

/** No statement gets more, however many tables it joins. */
const AT_MOST = 90;

export interface Candidates {
  /** By statement, best guess first. */
  readonly of: ReadonlyMap<string, readonly IndexSpec[]>;
  /** Those that an existing index serves already. */
  readonly served: readonly { readonly spec: IndexSpec; readonly by: string }[];
}

/** Indexes worth asking the planner about, statement by statement. */
export function candidatesFor(
  statements: readonly AdvisorStatement[],
  problem: Pick<Problem, 'dialect' | 'maxKeys'>,
  catalog: Catalog,
): Candidates {
  const popularity = popularityOf(statements, catalog, problem.dialect);
  const served = new Map<string, { spec: IndexSpec; by: string }>();
  const of = new Map<string, readonly IndexSpec[]>();
  for (const { id, uses } of statements) {
    const perUse = uses
      .filter(hasRole)
      .map((use) => columnsOfUse(use, catalog, problem.dialect))
      .filter((use) => use !== null)
      .map((use) => ofUse(use, popularity, problem).filter((spec) => isNew(spec, use.table, served)));
    of.set(id, inTurns(perUse, Math.min(AT_MOST, FIRST_TABLE + FURTHER_TABLE * (perUse.length - 1))));
  }
  return { of, served: [...served.values()] };
}

function ofUse(
  use: UseColumns,
  popularity: Popularity,
  { dialect, maxKeys }: Pick<Problem, 'dialect' | 'maxKeys'>,
): readonly IndexSpec[] {
  if (findsOneRow(use)) return [];
  const found: IndexSpec[] = [];
  const add = (keys: Sequence, of: UseColumns, where: string | null, main: boolean) => {
    if (!startsUnique(keys, use.table)) found.push({ table: use.table.name, keys, include: [], where });
    const wide = covering(keys, of, where, { dialect, main });
    if (wide) found.push(wide);
  };
  const { main, other } = ordersOf(use, popularity, maxKeys);
  for (const keys of main) add(keys, use, null, true);
  if (dialect.partial) {
    for (const { where, use: rest } of partialUses(use)) {
      const orders = ordersOf(rest, popularity, maxKeys);
      const sequences = [...orders.main, ...(rest.order.length > 0 ? orders.other : [])];
      // Nothing left to be a key: the predicate is the whole test, and any key will do.
      if (sequences.length === 0) sequences.push(...settledKeys(use, rest));
      for (const keys of sequences) add(keys, rest, where, true);
    }
  }
  for (const keys of other) add(keys, use, null, false);
  return found;
}

/** What the predicate tests, as a key: never a rowid, which is no index. */
function settledKeys(use: UseColumns, rest: UseColumns): readonly Sequence[] {
  const gone = [...use.equal, ...use.among, ...use.ranges].filter(
    (key) => ![...rest.equal, ...rest.among, ...rest.ranges].includes(key) && key.column !== use.table.rowid,
  );
  if (gone.length > 0) return [gone.slice(0, 1)];
  const column = use.constants.flatMap(({ columns }) => columns).find((name) => name !== use.table.rowid);
  return column === undefined ? [] : [[keyOn(column)]];
}

/** All keys of a unique index are given: there is at most one row, and no better way to it. */
function findsOneRow({ table, equal }: UseColumns): boolean {
  const given = new Set(equal.filter(({ collate }) => collate === null).map(({ column }) => column));
  return uniqueKeys(table).some((columns) => columns.every((column) => given.has(column)));
}

/** The first keys are those of a unique index: what follows them finds nothing more. */
function startsUnique(keys: Sequence, table: AdvisorTable): boolean {
  return uniqueKeys(table).some((columns) => {
    const first = new Set(keys.slice(0, columns.length).map(({ column }) => column));
    return columns.every((column) => first.has(column));
  });
}

function uniqueKeys({ indexes, rowid }: AdvisorTable): readonly (readonly string[])[] {
  const keys: string[][] = rowid === null ? [] : [[rowid]];
  for (const { unique, valid, spec } of indexes) {
    if (!unique || !valid || !spec || spec.where !== null) continue;
    const columns = spec.keys.map(({ column }) => column);
    if (columns.every((column) => column !== null)) keys.push(columns);
  }
  return keys;
}

function isNew(spec: IndexSpec, table: AdvisorTable, served: Map<string, { spec: IndexSpec; by: string }>): boolean {
  const by = table.indexes.find((index) => index.valid && index.spec && serves(index.spec, spec, table));
  if (by) served.set(keyOf(spec), { spec, by: by.name });
  return !by;
}

/** One of each list after the other, none twice. */
function inTurns(lists: readonly (readonly IndexSpec[])[], count: number): readonly IndexSpec[] {
  const taken = new Map<string, IndexSpec>();
  for (let i = 0; lists.some((list) => i < list.length); i++) {
    for (const list of lists) {
      const spec = list[i];
      if (spec && taken.size < count) taken.set(keyOf(spec), spec);
    }
  }
  return [...taken.values()];
}

import { columnsIn } from './key-of.ts';
import type { Candidate } from './pool.ts';
import type { Predicate } from './predicates.ts';
import type { AdvisorStatement, AdvisorTable, Dialect, IndexSpec, WhatIf } from './problem.ts';
import type { Catalog } from './tables.ts';

/**
 * Entries' worth of work for a row deleted. Where entries go at once it is the same way down the tree as an insert. PostgreSQL
 * leaves them to VACUUM, which goes through the whole index once for very many of them.
 */
const DELETED_AT_ONCE = 1;
const DELETED_BY_VACUUM = 0.1;

/** Share of HOT updates where none was counted yet: neither. */
const HOT_UNKNOWN = 0.5;

/** What the workload writes to a table, in rows in its window. */
export interface TableLoad {
  readonly inserted: number;
  readonly deleted: number;
  /** `columns` null: not known, any. */
  readonly updates: readonly { readonly columns: readonly string[] | null; readonly rows: number }[];
}

/** Seconds in the window that new indexes of a table cost its writes. */
export type WriteCost = (table: string, indexes: readonly Candidate[]) => number;

/** Rows written, by table. All statements of the workload count, however little time they take. */
export function loadsOf(statements: readonly AdvisorStatement[], catalog: Catalog): ReadonlyMap<string, TableLoad> {
  const loads = new Map<string, { inserted: number; deleted: number; updates: TableLoad['updates'][number][] }>();
  for (const { writes, calls, rows } of statements) {
    for (const { table: name, kind, columns } of writes) {
      const table = catalog.table(name);
      if (!table) continue;
      const load = loads.get(table.name) ?? { inserted: 0, deleted: 0, updates: [] };
      loads.set(table.name, load);
      const count = rows ?? calls;
      if (kind === 'insert') load.inserted += count;
      else if (kind === 'delete') load.deleted += count;
      else {
        const named = columns.map((column) => catalog.column(table, column));
        const known = named.length > 0 && named.every((column) => column !== null);
        load.updates.push({ columns: known ? named : null, rows: count });
      }
    }
  }
  return loads;
}

/**
 * The write side of the objective (research §2.3.7). An INSERT makes an entry in every index that takes the row. An UPDATE of
 * an indexed column makes a new entry there (and takes the old one out, where that is done at once). PostgreSQL: an update of no
 * indexed column may be HOT and touch no index; an index on a column that is updated ends that, and then *every* index of the table,
 * old ones too, gets an entry. Partial indexes take only the rows that pass.
 */
export function writeCostOf(
  loads: ReadonlyMap<string, TableLoad>,
  catalog: Catalog,
  {
    dialect,
    whatIf,
    predicate,
  }: { dialect: Dialect; whatIf: WhatIf; predicate: (spec: IndexSpec) => Predicate | null },
): WriteCost {
  const old = new Map<AdvisorTable, readonly Entry[]>();
  return (name, indexes) => {
    const table = catalog.table(name);
    const load = loads.get(name);
    if (!table || !load || indexes.length === 0) return 0;
    const added = indexes.map(({ spec, entrySeconds }) => entryOf(spec, entrySeconds, predicate(spec)));
    if (!old.has(table)) old.set(table, existingEntries(table, whatIf, predicate));
    const removal = dialect.hot ? DELETED_BY_VACUUM : DELETED_AT_ONCE;
    let seconds = (load.inserted + removal * load.deleted) * sumOf(added);
    const hot = dialect.hot ? hotOf(table, load, old.get(table)!) : null;
    for (const update of load.updates) {
      seconds +=
        update.rows *
        (hot !== null ? updateHot(update.columns, added, old.get(table)!, hot) : updateInPlace(update.columns, added));
    }
    return seconds;
  };
}

interface Entry {
  /** Of keys, INCLUDE and predicate; null: not known. */
  readonly columns: ReadonlySet<string> | null;
  /** Of one row written, on average: rows that do not pass the predicate cost nothing. */
  readonly seconds: number;
}

function entryOf(spec: IndexSpec, seconds: number, predicate: Predicate | null): Entry {
  const inExpression = spec.keys.some(({ expression }) => expression !== null);
  const columns = new Set([...columnsIn(spec), ...(predicate?.columns ?? [])]);
  return { columns: inExpression ? null : columns, seconds: seconds * (predicate?.kept ?? 1) };
}

function existingEntries(
  table: AdvisorTable,
  whatIf: WhatIf,
  predicate: (spec: IndexSpec) => Predicate | null,
): readonly Entry[] {
  const known = table.indexes.flatMap(({ spec }) =>
    spec ? [entryOf(spec, whatIf.entrySeconds(spec), predicate(spec))] : [],
  );
  const mean = known.length > 0 ? sumOf(known) / known.length : 0;
  // Of another kind (GIN, BRIN): its columns are not known, and its entries cost at least as much.
  const others = table.indexes.filter(({ spec }) => !spec).map(() => ({ columns: new Set<string>(), seconds: mean }));
  return [...known, ...others];
}

/** Share of HOT among the updates that can be: the counter is over all of them. */
function hotOf(table: AdvisorTable, load: TableLoad, old: readonly Entry[]): number {
  let all = 0;
  let eligible = 0;
  for (const { columns, rows } of load.updates) {
    all += rows;
    if (!old.some((entry) => touches(columns, entry))) eligible += rows;
  }
  return eligible > 0 ? Math.min(1, ((table.hotShare ?? HOT_UNKNOWN) * all) / eligible) : 0;
}

/** Seconds a row. */
function updateHot(
  columns: readonly string[] | null,
  added: readonly Entry[],
  old: readonly Entry[],
  hot: number,
): number {
  if (old.some((entry) => touches(columns, entry))) return sumOf(added);
  if (added.some((entry) => touches(columns, entry))) return sumOf(added) + hot * sumOf(old);
  return (1 - hot) * sumOf(added);
}

function updateInPlace(columns: readonly string[] | null, added: readonly Entry[]): number {
  return 2 * sumOf(added.filter((entry) => touches(columns, entry)));
}

function touches(columns: readonly string[] | null, entry: Entry): boolean {
  return columns === null || entry.columns === null || columns.some((column) => entry.columns!.has(column));
}

function sumOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { seconds }) => sum + seconds, 0);
}

import type { EqualityUse, RangeUse, SortUse, TableUse, TableWrite } from '../roles.ts';
import { keyOf, keyOn, subjectOf } from './key-of.ts';
import type {
  AdvisorStatement,
  AdvisorTable,
  Dialect,
  Estimate,
  ExistingIndex,
  IndexKey,
  IndexSpec,
  Problem,
  WhatIf,
} from './problem.ts';

/** Values of the advisor for its tests, and a small planner: rows × selectivity, one index a table at most. */

export const ALL: Dialect = {
  include: true,
  partial: true,
  expressions: true,
  hot: false,
  fold: (name) => name.toLowerCase(),
};

/** `a`, `b-` (descending), `(lower(a))`. */
export function keys(...texts: readonly string[]): IndexKey[] {
  return texts.map((text) => {
    const desc = text.endsWith('-');
    const name = desc ? text.slice(0, -1) : text;
    const key = { ...keyOn(name), desc };
    return name.startsWith('(') ? { ...key, column: null, expression: name.slice(1, -1) } : key;
  });
}

export function index(table: string, names: readonly string[], rest: Partial<IndexSpec> = {}): IndexSpec {
  return { table, keys: keys(...names), include: [], where: null, ...rest };
}

export function existing(name: string, spec: IndexSpec | null, rest: Partial<ExistingIndex> = {}): ExistingIndex {
  return { name, spec, unique: false, needed: false, valid: true, bytes: 1000, ...rest };
}

/** Columns as `[name, different values, width]`. */
export function table(
  name: string,
  rows: number,
  columns: readonly (readonly [name: string, distinct: number | null, width?: number])[],
  rest: Partial<AdvisorTable> = {},
): AdvisorTable {
  const known = columns.map(([column, distinct, width]) => ({
    name: column,
    distinct,
    width: width ?? 8,
    nullShare: 0,
  }));
  const width = known.reduce((sum, column) => sum + column.width, 28);
  return { name, rows, bytes: rows * width, columns: known, indexes: [], rowid: null, hotShare: null, ...rest };
}

export const equal = (column: string): EqualityUse => ({ column, expression: null, test: 'equal', values: 1 });
export const among = (column: string, values = 3): EqualityUse => ({ ...equal(column), test: 'in', values });
export const range = (column: string): RangeUse => ({ column, expression: null, test: 'compare' });
export const sort = (column: string, desc = false): SortUse => ({ column, expression: null, desc, nullsFirst: null });

export function use(of: string, rest: Partial<TableUse> = {}): TableUse {
  return {
    table: of,
    alias: of,
    equality: [],
    joins: [],
    ranges: [],
    orderBy: [],
    groupBy: [],
    limit: false,
    output: null,
    constants: [],
    ...rest,
  };
}

export function statement(
  id: string,
  uses: readonly TableUse[],
  rest: Partial<AdvisorStatement> & { readonly writes?: readonly TableWrite[] } = {},
): AdvisorStatement {
  return { id, calls: 100, seconds: null, uses, writes: [], ...rest };
}

export function problemOf(
  tables: readonly AdvisorTable[],
  statements: readonly AdvisorStatement[],
  rest: Partial<Problem> = {},
): Problem {
  return {
    dialect: ALL,
    tables,
    statements,
    budget: 1e12,
    maxIndexes: 100,
    maxKeys: 4,
    timeBudget: 1000,
    seed: 1,
    ...rest,
  };
}

export interface SyntheticWhatIf extends WhatIf {
  /** Questions so far, one a statement. */
  asked(): number;
  /** Calls to `estimate`. */
  calls(): number;
}

/** The small planner over a problem: costs go down only, when an index is added. */
export function planner(
  { tables, statements }: Pick<Problem, 'tables' | 'statements'>,
  { entrySeconds = 1e-6, cost }: { entrySeconds?: number; cost?: typeof costOf } = {},
): SyntheticWhatIf {
  const byId = new Map(statements.map((one) => [one.id, one]));
  const byName = new Map(tables.map((one) => [one.name.toLowerCase(), one]));
  let asked = 0;
  let calls = 0;
  return {
    asked: () => asked,
    calls: () => calls,
    bytes: (spec) => bytesOf(spec, byName.get(spec.table.toLowerCase())!),
    entrySeconds: () => entrySeconds,
    estimate: async (indexes, ids) => {
      calls++;
      asked += ids.length;
      return ids.map((id) => (cost ?? costOf)(byId.get(id)!, indexes, byName));
    },
  };
}

export function bytesOf(spec: IndexSpec, of: AdvisorTable): number {
  const names = [...spec.keys.map(subjectOf), ...spec.include];
  const width = names.reduce((sum, name) => sum + (of.columns.find((column) => column.name === name)?.width ?? 8), 16);
  return of.rows * width * (spec.where === null ? 1 : 0.1);
}

/** Cost of a statement with these new indexes beside those that exist. */
export function costOf(
  { uses }: AdvisorStatement,
  indexes: readonly IndexSpec[],
  tables: ReadonlyMap<string, AdvisorTable>,
): Estimate {
  let cost = 1;
  const used = new Set<string>();
  for (const one of uses) {
    const of = tables.get(one.table.toLowerCase())!;
    // The inner side of a join is looked up once for each of the rows outside.
    const loops = one.joins.length > 0 ? 100 : 1;
    let best = loops > 1 ? of.rows * 0.05 + sorted(of.rows, one) : scan(of) + sorted(selected(of, one), one);
    let by: IndexSpec | null = null;
    const old = of.indexes.flatMap(({ spec, valid }) => (spec && valid ? [spec] : []));
    for (const spec of [...old, ...indexes]) {
      if (spec.table !== of.name) continue;
      const own = throughIndex(spec, one, of);
      if (own === null || own * loops >= best) continue;
      best = own * loops;
      by = old.includes(spec) ? null : spec;
    }
    cost += best;
    if (by) used.add(keyOf(by));
  }
  return { cost, uses: [...used] };
}

function scan(of: AdvisorTable): number {
  return of.bytes / 8192 + of.rows * 0.01;
}

function sorted(rows: number, one: TableUse): number {
  return one.orderBy.length > 0 || one.groupBy.length > 0 ? rows * Math.log2(rows + 2) * 0.005 : 0;
}

function selected(of: AdvisorTable, one: TableUse): number {
  let rows = of.rows;
  for (const test of [...one.equality, ...one.joins])
    rows /= of.columns.find(({ name }) => name === test.column)?.distinct ?? 10;
  for (const _ of one.ranges) rows *= 0.1;
  return Math.max(1, rows);
}

function throughIndex(spec: IndexSpec, one: TableUse, of: AdvisorTable): number | null {
  const constant = one.constants.find(({ predicate }) => predicate === spec.where);
  if (spec.where !== null && !constant) return null;
  let rows = of.rows * (constant && spec.where !== null ? (constant.kept ?? 0.1) : 1);
  let at = 0;
  const tests = [...one.equality, ...one.joins];
  for (; at < spec.keys.length; at++) {
    const test = tests.find(
      (candidate) => (candidate.column ?? `(${candidate.expression})`) === subjectOf(spec.keys[at]!),
    );
    if (!test) break;
    rows /= of.columns.find(({ name }) => name === test.column)?.distinct ?? 10;
  }
  const fixed = at;
  const ranged = one.ranges.some(({ column }) => column === spec.keys[at]?.column);
  if (ranged) rows *= 0.1;
  const order = one.orderBy.length > 0 ? one.orderBy : one.groupBy;
  const flipped = order[0] && spec.keys[fixed] ? order[0].desc !== spec.keys[fixed].desc : false;
  const ordered =
    order.length > 0 &&
    order.every(
      (by, i) => by.column === spec.keys[fixed + i]?.column && by.desc === (spec.keys[fixed + i]!.desc !== flipped),
    );
  const held = new Set([...spec.keys.map(({ column }) => column), ...spec.include, of.rowid]);
  const covers = one.output?.every((column) => held.has(column)) ?? false;
  if (at === 0 && !ranged && !ordered && !covers && spec.where === null) return null;
  rows = Math.max(1, rows);
  const read = ordered && one.limit ? Math.min(rows, (10 * rows) / Math.min(rows, selected(of, one))) : rows;
  return Math.log2(of.rows + 2) * 0.1 + read * (covers ? 0.015 : 0.6) + (ordered ? 0 : sorted(selected(of, one), one));
}

import type { ColumnUse, OrderUse, TableRoles } from '../_sql/predicates.ts';
import type { ForeignKeyFact, IndexFact, TableFact } from './facts.ts';

interface CandidateColumn {
  readonly name: string;
  readonly desc?: boolean;
  readonly collate?: string;
}

/** An index that may help, and the queries it was made for. */
export interface Candidate {
  readonly columns: readonly CandidateColumn[];
  readonly queries: readonly string[];
}

export interface QueryRoles {
  readonly query: string;
  readonly roles: TableRoles;
}

/** Wider indexes cost more on each write than their last columns usually save (Dexter stops at 2, postgres-mcp at 3). */
const WIDEST = 4;

/**
 * Candidates for one table, most promising first: for each query its columns of equality, then one range, or then the
 * order; each index that exists already (or the rowid, which is as good) is left out.
 * The rule of thumb: https://sqlite.org/optoverview.html#where_clause_analysis; whether one helps is for the trial to say.
 */
export function candidatesFor(
  uses: readonly QueryRoles[],
  table: TableFact,
  indexes: readonly IndexFact[],
  foreignKeys: readonly ForeignKeyFact[],
): readonly Candidate[] {
  const sharing = countUses(uses, foreignKeys);
  // Taken in turns, so that the first choice of each query comes before the second of any.
  const lists = uses.map(({ query, roles }) => ({ query, choices: choicesOf(roles, sharing, table) }));
  const longest = Math.max(0, ...lists.map(({ choices }) => choices.length));
  const found = new Map<string, { columns: readonly CandidateColumn[]; queries: Set<string> }>();
  for (let rank = 0; rank < longest; rank++) {
    for (const { query, choices } of lists) {
      const columns = choices[rank];
      if (!columns || columns.length === 0 || exists(columns, table, indexes)) continue;
      const key = JSON.stringify(columns);
      const candidate = found.get(key) ?? { columns, queries: new Set<string>() };
      candidate.queries.add(query);
      found.set(key, candidate);
    }
  }
  return [...found.values()].map(({ columns, queries }) => ({ columns, queries: [...queries] }));
}

/**
 * How many queries, and foreign keys, compare each column for equality: columns that many share go first, and one index
 * serves more.
 */
function countUses(uses: readonly QueryRoles[], foreignKeys: readonly ForeignKeyFact[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const column of foreignKeys.flatMap((key) => key.columns)) counts.set(column, (counts.get(column) ?? 0) + 1);
  for (const { roles } of uses) {
    for (const { column } of [...roles.equality, ...roles.joins]) counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  return counts;
}

function choicesOf(
  roles: TableRoles,
  sharing: ReadonlyMap<string, number>,
  table: TableFact,
): readonly (readonly CandidateColumn[])[] {
  const byShare = (uses: readonly ColumnUse[]) =>
    uses.toSorted((a, b) => (sharing.get(b.column) ?? 0) - (sharing.get(a.column) ?? 0));
  // Constants are known when the table is read first; join columns only when it is not.
  const constant = byShare(roles.equality);
  // A join by the rowid finds its one row without an index, and every index ends with the rowid.
  const joins = byShare(roles.joins.filter(({ column }) => column !== table.rowidAlias));
  const equality = [...constant, ...joins];
  const order = roles.orderBy.length > 0 ? roles.orderBy : roles.groupBy;
  const choices: CandidateColumn[][] = [];
  const add = (...parts: readonly (readonly (ColumnUse | OrderUse)[])[]) => {
    const columns = withoutRowidTail(join(parts), table);
    if (columns.length > 0 && columns.length <= WIDEST) choices.push(columns);
  };
  if (order.length > 0 && (equality.length > 0 || roles.limit || roles.ranges.length === 0)) {
    add(equality, sameDirection(order));
    if (joins.length > 0 && constant.length > 0) add(constant, sameDirection(order));
  }
  for (const range of roles.ranges) add(equality, [range]);
  if (equality.length > 0) add(equality.slice(0, WIDEST));
  if (joins.length > 0 && constant.length > 0) {
    add(constant);
    add(joins);
  }
  if (roles.limit && equality.length === 0) add(sameDirection(order));
  return choices;
}

/** An index is read backwards as well as forwards: when all columns go down, all may go up. */
function sameDirection(order: readonly OrderUse[]): readonly OrderUse[] {
  return order.every(({ desc }) => desc) ? order.map((use) => ({ ...use, desc: false })) : order;
}

function join(parts: readonly (readonly (ColumnUse | OrderUse)[])[]): CandidateColumn[] {
  const columns: CandidateColumn[] = [];
  for (const use of parts.flat()) {
    if (columns.some(({ name }) => name === use.column)) continue;
    columns.push({
      name: use.column,
      ...('desc' in use && use.desc ? { desc: true } : {}),
      ...(use.collate === undefined ? {} : { collate: use.collate }),
    });
  }
  return columns;
}

/** Every index ends with the rowid already, ascending. */
function withoutRowidTail(columns: CandidateColumn[], table: TableFact): CandidateColumn[] {
  const last = columns.at(-1);
  return last && !last.desc && last.name === table.rowidAlias ? columns.slice(0, -1) : columns;
}

function exists(columns: readonly CandidateColumn[], table: TableFact, indexes: readonly IndexFact[]): boolean {
  if (columns[0]!.name === table.rowidAlias) return true;
  return indexes.some(
    (index) =>
      !index.partial &&
      columns.every((column, i) => {
        const other = index.columns[i];
        if (!other || other.name?.toLowerCase() !== column.name.toLowerCase()) return false;
        return other.desc === (column.desc ?? false) && (column.collate ?? other.collate) === other.collate;
      }),
  );
}

import { parseStep } from '../eqp.ts';
import type { PlanRowWithCost } from './protocol.ts';

/** What is known of a statement beside its plan. */
export interface CostHints {
  /** Rows that a table has after all tests on constants, and how many of them one value of a join column has; null: not known. */
  rowsOf(alias: string): { readonly filtered: number; readonly perJoin: number } | null;
  /** Rows of the table that the plan calls so, whatever tests there are; null: not known. */
  allRowsOf(alias: string): number | null;
  /** Average rows of an index's first `matched` keys; null: not known. */
  averageOf(index: string, matched: number): number | null;
  /** Rows after which the statement stops, null when it reads all it finds (or aggregates). */
  readonly limit: number | null;
}

interface PlanCost {
  /** In the planner's units: a step of a b-tree cursor is about 1. */
  readonly cost: number;
  /** Names of the indexes in the plan. */
  readonly indexes: readonly string[];
}

interface Node {
  readonly row: PlanRowWithCost;
  readonly children: readonly Node[];
}

/** LogEst of what SQLite adds for each row that is looked up in the table or read by a scan: 3.0 (`+16` in its where.c). */
const ROW_COST = 3;
/** As SQLite takes a search in a table without statistics to find rows, by matched columns: 10, 9, 8 … (its sqlite3DefaultRowEst). */
const GUESSED_ROWS = 10;
/** Subqueries within each other: SQLite itself stops at a depth of expressions of 1,000. */
const MOST_DEPTH = 60;

/**
 * The whole statement's cost. EXPLAIN QUERY PLAN tells the cost of one run of each loop as LogEst (10 · log₂, column
 * `notused`, SQLite 3.47 and later), and not how many rows a loop gives the next one. Those are derived from the cost itself
 * (a loop that reads its table costs about 3 a row) and capped by what its tests leave by the statistics; loops multiply.
 * Sorting n rows adds 3 · n · log₂ n, as in SQLite's whereSortingCost. Where the engine tells no costs, a scan counts its
 * table's rows and a search those of an average key. It ranks; what is proposed has been measured.
 */
export function costOfPlan(rows: readonly PlanRowWithCost[], hints: CostHints): PlanCost {
  const told = rows.some(({ cost }) => cost > 0);
  const indexes = new Set<string>();
  const { cost, outer } = costOf(treeOf(rows), hints, told, indexes);
  const sorts = rows.some(({ detail }) => detail.startsWith('USE TEMP B-TREE'));
  // Without a sort the first rows come out as they are found.
  const read = hints.limit !== null && !sorts && outer > hints.limit ? hints.limit / outer : 1;
  return { cost: Math.max(1, cost * read), indexes: [...indexes] };
}

function treeOf(rows: readonly PlanRowWithCost[]): readonly Node[] {
  const known = new Set(rows.map(({ id }) => id));
  const children = Map.groupBy(rows, ({ id, parent }) => (known.has(parent) && parent !== id ? parent : 0));
  const build = (parent: number, depth: number): readonly Node[] =>
    depth > MOST_DEPTH ? [] : (children.get(parent) ?? []).map((row) => ({ row, children: build(row.id, depth + 1) }));
  return build(0, 0);
}

/** Siblings are loops within each other, in order; what is computed once stands between them. */
function costOf(
  nodes: readonly Node[],
  hints: CostHints,
  told: boolean,
  indexes: Set<string>,
): { readonly cost: number; readonly outer: number } {
  let cost = 0;
  let outer = 1;
  let inner = false;
  const loop = (each: number, found: number) => {
    cost += outer * each;
    outer = Math.max(1, outer * found);
    inner = true;
  };
  for (const { row, children } of nodes) {
    const step = parseStep(row.detail);
    if (step.kind === 'scan' || step.kind === 'search') {
      if (step.index !== null) indexes.add(step.index);
      const read = told && row.cost > 0 ? rowsByCost(row.cost, step.covering) : rowsByShape(step, hints);
      if (step.automatic) {
        // Built for this run alone; its cost is told nowhere.
        const all = hints.allRowsOf(step.table) ?? 1;
        cost += ROW_COST * all * Math.log2(all + 1);
      }
      const known = hints.rowsOf(step.table);
      const most = known === null ? read : inner ? known.perJoin : known.filtered;
      loop(told && row.cost > 0 ? 2 ** (row.cost / 10) : ROW_COST * read + 1, Math.min(read, most));
    } else if (step.kind === 'temp-b-tree') {
      const partly = /^(?:LAST|RIGHT)/.test(step.purpose);
      if (outer > 1) cost += (partly ? 0.5 : 1) * ROW_COST * outer * Math.log2(outer);
    } else if (row.detail === 'MULTI-INDEX OR') {
      const parts = children.map((child) => costOf(child.children, hints, told, indexes));
      loop(
        parts.reduce((sum, part) => sum + part.cost, 0),
        parts.reduce((sum, part) => sum + part.outer, 0),
      );
    } else {
      const below = costOf(children, hints, told, indexes);
      cost += row.detail.startsWith('CORRELATED') ? outer * below.cost : below.cost;
    }
  }
  return { cost, outer };
}

function rowsByCost(logEst: number, covering: boolean): number {
  return Math.max(1, 2 ** (logEst / 10) / (covering ? 2 : ROW_COST));
}

function rowsByShape(
  step: Extract<ReturnType<typeof parseStep>, { kind: 'scan' | 'search' }>,
  hints: CostHints,
): number {
  if (step.kind === 'scan') return hints.allRowsOf(step.table) ?? 1e6;
  if (step.index === 'rowid' || step.index === 'primary key') return 1;
  return hints.averageOf(step.index ?? '', step.matched) ?? Math.max(1, GUESSED_ROWS + 1 - step.matched);
}

/**
 * Rows that one call may write on a copy. What it wrote stays there though it is rolled back, and makes whatever is run after it
 * slower; and one that fills a table takes, run after run, the time of all others. [judgement]
 */
const MOST_WRITTEN = 10_000;

/** A node of EXPLAIN (FORMAT JSON). */
interface PlanNode {
  readonly 'Node Type'?: unknown;
  readonly 'Plan Rows'?: unknown;
  readonly Plans?: readonly PlanNode[];
}

/** Why a write is too large to be run again and again, as the end of a sentence; null: it is not. */
export function whyTooLarge({ Plan: plan }: { readonly Plan?: PlanNode }): string | null {
  const rows = plan === undefined ? 0 : rowsWritten(plan);
  if (rows <= MOST_WRITTEN) return null;
  return `it writes some ${Math.round(rows).toLocaleString('en-GB')} rows a call, and is not run again and again for that`;
}

/** As the planner expects: those that come to what modifies a table, wherever in the plan that is (WITH). */
function rowsWritten(node: PlanNode): number {
  const below = node.Plans ?? [];
  const isWrite = node['Node Type'] === 'ModifyTable';
  return below.reduce((sum, one) => sum + rowsWritten(one) + (isWrite ? Number(one['Plan Rows'] ?? 0) : 0), 0);
}

import { type Limits, plus } from './limits.ts';
import { NOTHING, type Objective, type Solution } from './objective.ts';
import type { Pool } from './pool.ts';

export interface GreedyParts {
  readonly objective: Objective;
  readonly pool: Pool;
  readonly limits: Limits;
  /** Nothing more is asked once it says so: what is known by then is chosen from. */
  readonly over: () => boolean;
  /** Told of every set on the way. */
  readonly visited: (solution: Solution) => void;
}

/** Change of each candidate as the only new index. Asked once, and the start of every run. */
export async function aloneChanges(
  ids: readonly number[],
  { objective }: Pick<GreedyParts, 'objective'>,
): Promise<ReadonlyMap<number, number>> {
  const changes = await objective.changes(ids.map((id) => ({ from: NOTHING.ids, to: new Set([id]) })));
  return new Map(ids.map((id, i) => [id, changes[i]!]));
}

/**
 * From `start`, again and again the candidate that saves the most seconds and still fits, until none saves any: benefit as it
 * is, not by its size. With a `price` (seconds a byte) each must save more than its bytes are taken to cost, and that is counted off: so
 * the budget goes to those that need it least (Lagrange's multiplier of the budget, by which knapsacks are bounded). Complete indexes only: nothing is ever appended to one that was chosen.
 * Source: AutoAdmin's greedy enumeration, S. Chaudhuri, V. Narasayya, VLDB 1997.
 */
export async function greedy(
  start: Solution,
  alone: ReadonlyMap<number, number>,
  { objective, pool, limits, over, visited }: GreedyParts,
  price = 0,
): Promise<Solution> {
  let solution = start;
  const changes = new Map(alone);
  for (const id of start.ids) changes.delete(id);
  let stale = disturbedBy([...start.ids], changes, objective, pool);
  for (;;) {
    if (over()) {
      // The rest still stands: what they save is not touched by those that were added.
      for (const id of stale) changes.delete(id);
    } else {
      const news = await objective.changes(stale.map((id) => ({ from: solution.ids, to: plus(solution.ids, id) })));
      for (const [i, id] of stale.entries()) changes.set(id, news[i]!);
    }
    const best = bestFitting(changes, solution, { pool, limits, price });
    if (best === null) return solution;
    solution = {
      ids: plus(solution.ids, best),
      change: solution.change + changes.get(best)!,
      bytes: solution.bytes + pool.get(best).bytes,
    };
    visited(solution);
    changes.delete(best);
    stale = disturbedBy([best], changes, objective, pool);
  }
}

function bestFitting(
  changes: ReadonlyMap<number, number>,
  { ids, bytes }: Solution,
  { pool, limits, price }: { pool: Pool; limits: Limits; price: number },
): number | null {
  if (ids.size >= limits.maxIndexes) return null;
  let best: number | null = null;
  let least = 0;
  for (const [id, change] of changes) {
    const { bytes: own } = pool.get(id);
    const priced = change + price * own;
    if (!(priced < 0) || bytes + own > limits.budget) continue;
    if (best !== null && (priced > least || (priced === least && id > best))) continue;
    best = id;
    least = priced;
  }
  return best;
}

/** Those whose benefit may have changed: they share a statement, or a table whose writes count together. */
function disturbedBy(
  added: readonly number[],
  changes: ReadonlyMap<number, number>,
  objective: Objective,
  pool: Pool,
): readonly number[] {
  const tables = new Set(added.map((id) => pool.get(id).spec.table));
  const statements = new Set(added.flatMap((id) => objective.statementsOf(id)));
  return [...changes.keys()].filter(
    (id) =>
      tables.has(pool.get(id).spec.table) || objective.statementsOf(id).some((statement) => statements.has(statement)),
  );
}

import type { CostCache } from './cost-cache.ts';
import type { GreedyParts } from './greedy.ts';
import { minus } from './limits.ts';
import type { Solution } from './objective.ts';

/**
 * A statement may get this much dearer, no more: a planner's costs, and measurements, differ by as much without meaning it.
 * Source: "no regression" as the guarantee of AIM (R. Yadav et al., ICDE 2023); research §2.3.10.
 */
export const HARM = 0.05;

export interface Harmed {
  readonly id: number;
  readonly statement: string;
  /** Cost with it ÷ cost without any new index. */
  readonly ratio: number;
}

/**
 * Takes out the indexes that make any of the statements more than 5 % dearer: of those in its plan, the one whose loss costs
 * the workload least. Ends, because every step takes one out.
 */
export async function withoutHarm(
  statements: readonly string[],
  start: Solution,
  cache: CostCache,
  { objective, pool }: Pick<GreedyParts, 'objective' | 'pool'>,
): Promise<{ readonly solution: Solution; readonly removed: readonly Harmed[] }> {
  let solution = start;
  const removed: Harmed[] = [];
  for (;;) {
    const worst = await worstHarmed(statements, solution, cache);
    if (!worst) return { solution, removed };
    const uses = worst.uses.filter((id) => solution.ids.has(id));
    const suspects = uses.length > 0 ? uses : [...solution.ids].filter((id) => cache.visible(worst.statement).has(id));
    const changes = await objective.changes(
      suspects.map((id) => ({ from: solution.ids, to: minus(solution.ids, id) })),
    );
    let at = 0;
    for (const [i, change] of changes.entries()) if (change < changes[at]!) at = i;
    const id = suspects[at]!;
    const ids = minus(solution.ids, id);
    removed.push({ id, statement: worst.statement, ratio: worst.ratio });
    solution = { ids, change: solution.change + changes[at]!, bytes: pool.bytesOf(ids) };
  }
}

async function worstHarmed(statements: readonly string[], { ids }: Solution, cache: CostCache) {
  if (ids.size === 0) return null;
  const none = new Set<number>();
  await cache.need(
    statements.flatMap((statement) => [
      { statement, set: none },
      { statement, set: ids },
    ]),
  );
  let worst: { statement: string; ratio: number; uses: readonly number[] } | null = null;
  for (const statement of statements) {
    const planned = cache.planned(statement, ids);
    const ratio = planned ? planned.cost / cache.cost(statement, none) : 1;
    if (ratio > (worst?.ratio ?? 1 + HARM)) worst = { statement, ratio, uses: planned!.uses };
  }
  return worst;
}

import type { GreedyParts } from './greedy.ts';
import { fits, plus } from './limits.ts';
import { NOTHING, type Objective, type Solution } from './objective.ts';
import type { IdSet } from './pool.ts';

/** Up to so many candidates every set can be gone through, most of them by a bound. */
export const EXACT_CANDIDATES = 20;

/** Sets looked at, at most: what was best by then is taken. */
const SETS = 3000;

/**
 * The best set of all, by branch and bound: a branch is left when even every remaining candidate together, taken without their
 * writes, would not beat the best so far. More indexes never make a read dearer to the planner, which is what the bound rests on.
 * Gives `best` back when nothing is better, or when the number of sets or the time ran out. (The same choice as an integer programme: CoPhy,
 * D. Dash, N. Polyzotis, A. Ailamaki, PVLDB 4(6), 2011.)
 */
export async function exact(
  ids: readonly number[],
  best: Solution,
  { objective, pool, limits, over, visited }: GreedyParts,
): Promise<Solution> {
  let found = best;
  let left = SETS;
  const search = async (chosen: Solution, from: number): Promise<void> => {
    if (from >= ids.length || left-- <= 0 || over()) return;
    if ((await boundOf(chosen.ids, ids.slice(from), objective)) >= found.change - Math.abs(found.change) * 1e-9) return;
    const wider = plus(chosen.ids, ids[from]!);
    if (fits(wider, limits, pool)) {
      const [change] = await objective.changes([{ from: chosen.ids, to: wider }]);
      const solution = { ids: wider, change: chosen.change + change!, bytes: pool.bytesOf(wider) };
      visited(solution);
      if (solution.change < found.change) found = solution;
      await search(solution, from + 1);
    }
    await search(chosen, from + 1);
  };
  await search(NOTHING, 0);
  return found;
}

async function boundOf(chosen: IdSet, rest: readonly number[], objective: Objective): Promise<number> {
  return (await objective.readChange(plus(chosen, ...rest))) + objective.writeChange(chosen);
}

import type { CostCache } from './cost-cache.ts';
import { type GreedyParts, greedy } from './greedy.ts';
import { fits } from './limits.ts';
import { NOTHING, type Solution } from './objective.ts';

/** Next best plans that are looked at beside the best: what is measured may turn out the other way round. */
const LAYERS = 6;

/** Costs of the same plan, but for rounding. */
const ALIKE = 1e-6;
/** Of smaller sets those that come as near count as as good: PostgreSQL's planner itself tells no closer ones apart (STD_FUZZ_FACTOR). */
const AS_GOOD = 0.01;

/**
 * What the planner takes for one statement when it may take any of these, where no set can be better: more indexes never make a read
 * dearer to it, and no write has to keep these. Null where it does not fit, or where writes weigh against it: then sets have to be
 * compared. `before`: seconds without any of them. Asks a few questions for each candidate at most, and tells `visited` of the next best, without those of the plans before.
 */
export async function unbeatable(
  { statement, before }: { readonly statement: string; readonly before: number },
  ids: readonly number[],
  alone: ReadonlyMap<number, number>,
  cache: CostCache,
  parts: GreedyParts,
): Promise<Solution | null> {
  const { objective, pool, limits, visited } = parts;
  const most = await objective.readChange(new Set(ids));
  let best: Solution | null = null;
  let left = new Set(ids);
  for (let i = 0; i < LAYERS && left.size > 0; i++) {
    await cache.need([{ statement, set: left }]);
    const uses = cache.planned(statement, left)?.uses ?? [];
    if (uses.length === 0) break;
    const set = new Set([...uses].sort((a, b) => a - b));
    if (fits(set, limits, pool)) {
      const solution = await objective.solution(set);
      visited(solution);
      best ??= solution;
    }
    if (best === null) return null;
    left = new Set([...left].filter((id) => !set.has(id)));
  }
  if (best === null || best.change > most + ALIKE * Math.abs(most)) return null;
  // A plan takes what is there: of as good ones not the smallest, nor the fewest.
  const enough = most + AS_GOOD * Math.max(0, before + most);
  const singles = [...alone].filter(([id, change]) => change <= enough && fits(new Set([id]), limits, pool));
  const [single] = singles.sort(([a], [b]) => pool.get(a).bytes - pool.get(b).bytes || a - b);
  if (single) return { ids: new Set([single[0]]), change: single[1], bytes: pool.get(single[0]).bytes };
  const other = await greedy(NOTHING, alone, parts);
  return other.change <= enough && other.bytes < best.bytes ? other : best;
}

import type { CostCache } from './cost-cache.ts';
import { minus } from './limits.ts';
import { NOTHING, type Objective, type Solution } from './objective.ts';
import type { IdSet, Pool } from './pool.ts';
import type { AdvisorStatement, ChosenIndex, UtilisedIndex } from './problem.ts';

interface Parts {
  readonly cache: CostCache;
  readonly pool: Pool;
  readonly objective: Objective;
}

/** What is said of the chosen indexes: what would be lost without each, most first. */
export async function chosenOf(
  solution: Solution,
  kept: readonly AdvisorStatement[],
  parts: Parts,
): Promise<readonly ChosenIndex[]> {
  const { cache, pool, objective } = parts;
  await cache.need(kept.map(({ id }) => ({ statement: id, set: solution.ids })));
  const ids = [...solution.ids];
  const losses = await objective.changes(ids.map((id) => ({ from: solution.ids, to: minus(solution.ids, id) })));
  const chosen = ids.map((id, i) => {
    const { spec, bytes } = pool.get(id);
    const writeSeconds = objective.writeSeconds(id, solution.ids);
    const statements = usersOf(id, solution.ids, parts).map((statement) => ({
      id: statement,
      before: cache.cost(statement, NOTHING.ids),
      without: cache.cost(statement, minus(solution.ids, id)),
      after: cache.cost(statement, solution.ids),
    }));
    const gain = Math.max(0, ...statements.map(({ without, after }) => 1 - after / without));
    return { spec, bytes, savedSeconds: losses[i]! + writeSeconds, writeSeconds, gain, statements };
  });
  return chosen.sort((a, b) => b.savedSeconds - a.savedSeconds);
}

/** All that the planner took, by what each changes alone, best first. */
export function utilisedOf(alone: ReadonlyMap<number, number>, parts: Parts): readonly UtilisedIndex[] {
  return [...alone]
    .sort(([a, x], [b, y]) => x - y || a - b)
    .map(([id, change]) => ({
      spec: parts.pool.get(id).spec,
      bytes: parts.pool.get(id).bytes,
      savedSeconds: -change,
      statements: usersOf(id, new Set([id]), parts),
    }));
}

function usersOf(id: number, set: IdSet, { cache, objective }: Parts): readonly string[] {
  return objective.statementsOf(id).filter((statement) => cache.planned(statement, set)?.uses.includes(id));
}

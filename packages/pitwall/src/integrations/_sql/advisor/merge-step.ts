import type { CostCache } from './cost-cache.ts';
import { mergePairs } from './merge.ts';
import { NOTHING } from './objective.ts';
import type { Pool } from './pool.ts';
import type { Predicate } from './predicates.ts';
import type { AdvisorStatement, IndexSpec, Problem } from './problem.ts';
import type { Catalog } from './tables.ts';
import { columnsOfUse } from './use-columns.ts';
import { couldServe, utilised } from './utilised.ts';

/** Indexes of a table that are paired, and the merged ones that come of it, at most: the best pairs come first. */
const PAIRED = 14;
const MERGED = 40;

/** Indexes of others that a statement is asked with at most, best first. */
const SHARED = 64;

/**
 * Adds merged indexes, and then shows every statement all that could serve it, also what was thought of for others; leaves it
 * seeing those that the planner took.
 */
export async function addMerged(
  own: ReadonlyMap<string, readonly number[]>,
  statements: readonly AdvisorStatement[],
  parts: {
    problem: Problem;
    catalog: Catalog;
    pool: Pool;
    cache: CostCache;
    weights: ReadonlyMap<string, number>;
    predicate: (spec: IndexSpec) => Predicate | null;
  },
): Promise<void> {
  const { problem, catalog, pool, cache, predicate } = parts;
  const ranked = byWorth(own, parts);
  const byTable = new Map<string, number[]>();
  for (const id of ranked) {
    const { table } = pool.get(id).spec;
    byTable.set(table, [...(byTable.get(table) ?? []), id]);
  }
  for (const [name, ids] of byTable) {
    const specs = ids.slice(0, PAIRED).map((id) => pool.get(id).spec);
    const merged = mergePairs(specs, catalog.table(name)!, problem, MERGED);
    const added = merged.map((spec) => pool.add(spec)).filter(({ bytes }) => bytes <= problem.budget);
    byTable.set(name, [...ids, ...added.map(({ id }) => id)]);
  }
  const wanted = new Map<string, readonly number[]>();
  for (const { id, uses } of statements) {
    const columns = uses.map((use) => columnsOfUse(use, catalog, problem.dialect)).filter((use) => use !== null);
    const tables = new Set(columns.map(({ table }) => table.name));
    const mine = new Set(own.get(id));
    const others = [...tables]
      .flatMap((table) => byTable.get(table) ?? [])
      .filter(
        (other) => !mine.has(other) && couldServe(pool.get(other).spec, columns, predicate(pool.get(other).spec)),
      );
    wanted.set(id, [...mine, ...others.slice(0, SHARED)]);
  }
  await utilised(wanted, cache);
}

/** What its statements could save with everything together goes to each index that they use: a rough order, without a question. */
function byWorth(
  own: ReadonlyMap<string, readonly number[]>,
  { cache, weights }: { cache: CostCache; weights: ReadonlyMap<string, number> },
): readonly number[] {
  const worth = new Map<number, number>();
  for (const [statement, ids] of own) {
    const saved = weights.get(statement)! * cache.cost(statement, NOTHING.ids);
    // The first in the list were in the best plan.
    for (const [i, id] of ids.entries()) worth.set(id, (worth.get(id) ?? 0) + saved / (1 + i));
  }
  return [...worth.keys()].sort((a, b) => worth.get(b)! - worth.get(a)! || a - b);
}

import { type Random, shuffled } from '../../../stats/random.ts';
import type { GreedyParts } from './greedy.ts';
import { fits, minus, nameOfSet, plus } from './limits.ts';
import type { Solution } from './objective.ts';

/** Tries at most, and so many without a better one: bounds that do not depend on the machine, so that a seed gives one answer. */
const TRIES = 1500;
const FRUITLESS = 400;

/** Indexes taken out in one try (DB2 Advisor's default is up to 4). */
const REMOVED = 4;

/**
 * Takes 1–4 indexes out at random, puts others in that fit, and keeps what is better: finds the many small ones in place of
 * the large one that came first. Source: "try variations" of DB2 Advisor, G. Valentin et al., ICDE 2000.
 */
export async function variations(
  ids: readonly number[],
  start: Solution,
  random: Random,
  { objective, pool, limits, over, visited }: GreedyParts,
): Promise<Solution> {
  let best = start;
  let fruitless = 0;
  const tried = new Set([nameOfSet(start.ids)]);
  for (let i = 0; i < TRIES && fruitless < FRUITLESS && !over(); i++, fruitless++) {
    const removed = shuffled([...best.ids], random).slice(0, 1 + Math.floor(random() * REMOVED));
    let next = minus(best.ids, ...removed);
    const tables = new Set(removed.map((id) => pool.get(id).spec.table));
    // What takes the place of an index is mostly on its table.
    const near = random() < 0.7;
    const rest = next;
    const others = ids.filter((id) => !rest.has(id) && (!near || tables.has(pool.get(id).spec.table)));
    const add = 1 + Math.floor(random() * REMOVED);
    let added = 0;
    for (const id of shuffled(others, random)) {
      if (added >= add) break;
      if (!fits(plus(next, id), limits, pool)) continue;
      next = plus(next, id);
      added++;
    }
    const name = nameOfSet(next);
    if (tried.has(name)) continue;
    tried.add(name);
    const [change] = await objective.changes([{ from: best.ids, to: next }]);
    const solution = { ids: next, change: best.change + change!, bytes: pool.bytesOf(next) };
    visited(solution);
    if (!(change! < -1e-9 * Math.abs(best.change))) continue;
    best = solution;
    fruitless = 0;
  }
  return best;
}

import type { GreedyParts } from './greedy.ts';
import { fits } from './limits.ts';
import { NOTHING, type Solution } from './objective.ts';

/** Research §2.3.8: greedy from each of the best 8 candidates beside from nothing; and the best pairs (AutoAdmin's Greedy(m = 2, k)). */
const BEST = 8;
const PAIRS = 3;

/** Pairs are tried among so many of the best. */
const PAIRED = 14;

/** Prices of a byte, in shares of what all the best indexes save by the byte of the budget: greedy alone spends it on the largest. */
const PRICES = [0.016, 0.03, 0.06, 0.09, 0.125, 0.18, 0.25, 0.35, 0.5, 1, 2];

export interface Seed {
  readonly start: Solution;
  /** Seconds a byte, of a first run; then greedy fills what is left without. */
  readonly price: number;
}

/** Where greedy starts from, the plain start first. */
export async function seedsFor(
  ids: readonly number[],
  alone: ReadonlyMap<number, number>,
  { objective, pool, limits }: GreedyParts,
): Promise<readonly Seed[]> {
  const seeds: Seed[] = [{ start: NOTHING, price: 0 }];
  const best = ids
    .filter((id) => alone.get(id)! < 0 && fits(new Set([id]), limits, pool))
    .sort((a, b) => alone.get(a)! - alone.get(b)! || a - b);
  // The best by itself is where the plain start goes first.
  for (const id of best.slice(1, BEST)) {
    seeds.push({ start: { ids: new Set([id]), change: alone.get(id)!, bytes: pool.get(id).bytes }, price: 0 });
  }
  // What all could save, when they do not stand in each other's way, by the byte of the budget; bytes are free when all fit.
  const saved = -(await objective.readChange(new Set(best)));
  if (pool.bytesOf(best) > limits.budget) {
    for (const share of PRICES) seeds.push({ start: NOTHING, price: (share * saved) / limits.budget });
  }
  const sets = pairsOf(
    ids.filter((id) => fits(new Set([id]), limits, pool)).sort((a, b) => alone.get(a)! - alone.get(b)! || a - b),
  )
    // Of two that share no statement each is worth what it is worth alone: greedy finds them.
    .filter(([a, b]) => objective.statementsOf(a).some((statement) => objective.statementsOf(b).includes(statement)))
    .map((pair) => new Set(pair))
    .filter((set) => fits(set, limits, pool));
  const changes = await objective.changes(sets.map((to) => ({ from: NOTHING.ids, to })));
  const pairs = sets.map((set, i) => ({ ids: set, change: changes[i]!, bytes: pool.bytesOf(set) }));
  pairs.sort((a, b) => a.change - b.change);
  for (const start of pairs.slice(0, PAIRS)) if (start.change < 0) seeds.push({ start, price: 0 });
  return seeds;
}

function pairsOf(ids: readonly number[]): readonly (readonly [number, number])[] {
  const few = ids.slice(0, PAIRED);
  return few.flatMap((a, i) => few.slice(i + 1).map((b) => [a, b] as const));
}

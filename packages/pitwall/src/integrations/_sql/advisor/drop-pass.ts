import type { GreedyParts } from './greedy.ts';
import { fits, minus, plus } from './limits.ts';
import type { Objective, Solution } from './objective.ts';
import type { IdSet } from './pool.ts';

/** An index whose loss costs less than this of the time of the statements it could touch is not worth its bytes: research §2.3.9. */
const WORTH = 0.01;

/** And all that is given away together may cost no more than this of the workload. */
const ALTOGETHER = 0.01;

/** Nor is an index worth its keep that saves less than this of the whole workload: nobody would notice. Own choice. */
export const NEGLIGIBLE = 1e-3;

/** Unless a single call loses so many seconds: somebody waits for it, however rarely. R. B. Miller (1968): 0.1 s is felt as at once. */
export const NOTICED = 0.1;

/** A smaller index in place of one must spare this share of its bytes to be worth the change. */
const SMALLER = 0.98;

/**
 * Takes out what hardly matters: each index whose loss costs < 1 % of the time of the statements that it touches, the least
 * first; then puts a smaller index in the place of a larger where that costs as little. `before`: seconds of the workload
 * without any new index.
 */
export async function dropPass(
  ids: readonly number[],
  start: Solution,
  before: number,
  parts: GreedyParts,
): Promise<Solution> {
  let left = ALTOGETHER * Math.max(0, before + start.change);
  let solution = start;
  for (;;) {
    const next = await leastLoss(
      [...solution.ids].map((id) => minus(solution.ids, id)),
      solution,
      before,
      left,
      parts,
    );
    if (!next) break;
    left -= Math.max(0, next.change - solution.change);
    solution = next;
  }
  for (const id of [...solution.ids].sort((a, b) => parts.pool.get(b).bytes - parts.pool.get(a).bytes)) {
    const { bytes, spec } = parts.pool.get(id);
    const smaller = ids.filter((other) => {
      const candidate = parts.pool.get(other);
      return !solution.ids.has(other) && candidate.spec.table === spec.table && candidate.bytes < SMALLER * bytes;
    });
    // The smallest that does as well: what is lost is next to nothing with any of them.
    let next: Solution | null = null;
    for (const other of smaller.sort((a, b) => parts.pool.get(a).bytes - parts.pool.get(b).bytes)) {
      const set = plus(minus(solution.ids, id), other);
      if (fits(set, parts.limits, parts.pool)) next ??= await leastLoss([set], solution, 0, left, parts);
    }
    if (!next) continue;
    left -= Math.max(0, next.change - solution.change);
    solution = next;
  }
  return solution;
}

/** The set that costs least against `solution`, when that is little enough. `before` 0: no loss is negligible as such. */
async function leastLoss(
  sets: readonly IdSet[],
  solution: Solution,
  before: number,
  most: number,
  { objective, pool, over }: GreedyParts,
): Promise<Solution | null> {
  if (sets.length === 0 || over()) return null;
  const losses = await objective.changes(sets.map((to) => ({ from: solution.ids, to })));
  let best: Solution | null = null;
  for (const [i, ids] of sets.entries()) {
    const loss = losses[i]!;
    const change = solution.change + loss;
    if (best && change >= best.change) continue;
    const negligible = loss <= NEGLIGIBLE * before && objective.mostLostByACall(solution.ids, ids) < NOTICED;
    const small = negligible || (loss <= most && (await isSmall(loss, ids, solution.ids, objective)));
    if (small) best = { ids, change, bytes: pool.bytesOf(ids) };
  }
  return best;
}

async function isSmall(loss: number, ids: IdSet, from: IdSet, objective: Objective): Promise<boolean> {
  if (loss <= 0) return true;
  const gone = [...from].filter((id) => !ids.has(id));
  return loss < WORTH * (await objective.secondsTouched(gone, from));
}

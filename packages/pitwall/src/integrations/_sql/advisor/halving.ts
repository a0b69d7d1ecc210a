import type { BuiltSet, Runs } from './runs.ts';

/** Runs of each statement in the first round of the contest: enough for a median. */
const FIRST_RUNS = 3;

/** And at most: beyond, the final comparison is the better place for them. */
const MOST_RUNS = 12;

interface Contest {
  readonly fits: (set: BuiltSet) => boolean;
  readonly over: () => boolean;
  /** See `Runs.ranking`. */
  readonly harmCounts?: number;
}

/**
 * Which of the sets is fastest: a few runs for all, the slower half leaves, twice the runs for the rest, and so on (successive
 * halving: Z. Karnin, T. Koren, O. Somekh, "Almost optimal exploration in multi-armed bandits", ICML 2013). Fastest first, those that left
 * behind by when they left. Sets over the budget as built are left out. Always measures the first two: nothing, and what the planner would choose.
 */
export async function halving(
  sets: readonly BuiltSet[],
  statements: readonly string[],
  runs: Runs,
  { fits, over, harmCounts }: Contest,
): Promise<readonly BuiltSet[]> {
  const left: BuiltSet[] = [];
  const out: BuiltSet[] = [];
  for (const [measured, set] of sets.entries()) {
    if (measured >= 2 && over()) break;
    await runs.ensure(set, statements, FIRST_RUNS);
    if (fits(set)) left.push(set);
  }
  const rank = () =>
    left.sort((a, b) => runs.ranking(a, statements, harmCounts) - runs.ranking(b, statements, harmCounts));
  rank();
  for (let count = 2 * FIRST_RUNS; left.length > 1 && count <= MOST_RUNS && !over(); count *= 2) {
    out.unshift(...left.splice(Math.max(2, Math.ceil(left.length / 2))));
    for (const set of left) if (!over()) await runs.ensure(set, statements, count);
    rank();
  }
  return [...left, ...out];
}

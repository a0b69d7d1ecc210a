import { seededRandom } from '../../../stats/random.ts';
import { candidatesFor } from './candidates.ts';
import { CostCache } from './cost-cache.ts';
import { dropPass } from './drop-pass.ts';
import { EXACT_CANDIDATES, exact } from './exact.ts';
import { Frontier } from './frontier.ts';
import { aloneChanges, type GreedyParts, greedy } from './greedy.ts';
import { nameOfSet } from './limits.ts';
import { unbeatable } from './lone.ts';
import { addMerged } from './merge-step.ts';
import { withoutHarm } from './no-harm.ts';
import { NOTHING, Objective, type Solution } from './objective.ts';
import { Pool } from './pool.ts';
import { predicatesOf } from './predicates.ts';
import type { Choice, IndexSpec, Problem, WhatIf } from './problem.ts';
import { rejections } from './reasons.ts';
import { redundantIndexes } from './redundant.ts';
import { seedsFor } from './seeds.ts';
import { serves } from './serves.ts';
import { catalogOf } from './tables.ts';
import { chosenOf, utilisedOf } from './told.ts';
import { trimsOf } from './trims.ts';
import { utilised } from './utilised.ts';
import { variations } from './variations.ts';
import { weigh } from './weigh.ts';
import { loadsOf, writeCostOf } from './write-cost.ts';

export interface AdviseOptions {
  /** Seconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Questions to the planner after which the search takes what it has. */
  readonly maxEstimates?: number;
  /**
   * The costs are corrected by what was measured (see corrected.ts), and the choice is run and corrected again: harm counts in them
   * already, so nothing is taken out for it; more indexes can be dearer; and of each choice less is varied.
   */
  readonly corrected?: boolean;
}

/** Questions a statement, on average, that a search may ask; small workloads may ask more. */
const QUESTIONS_A_STATEMENT = 45;
const QUESTIONS_AT_LEAST = 5000;
/** Of one statement alone: what is best for it is seen in a few plans, and somebody waits for the answer. */
const QUESTIONS_ALONE = 200;
/** Of the time, until when sets are searched: the rest is for taking out of the best one what it does not need. */
const SEARCH_UNTIL = 0.75;

/**
 * The indexes that serve the whole workload best within the budget, as far as the planner knows: per-query best, merged, chosen
 * greedily, varied, thinned, and none that makes a statement dearer (research §2.3). Deterministic for a seed, unless the time runs out.
 * Nothing is built; throws only what `whatIf` throws.
 */
export async function advise(problem: Problem, whatIf: WhatIf, options: AdviseOptions = {}): Promise<Choice> {
  const clock = options.clock ?? (() => performance.now() / 1000);
  const start = clock();
  const { dialect, statements } = problem;
  const catalog = catalogOf(problem);
  const tablesOf = new Map(
    statements.map(({ id, uses }) => [id, [...new Set(uses.flatMap((use) => catalog.table(use.table)?.name ?? []))]]),
  );
  const pool = new Pool(whatIf);
  const cache = new CostCache(whatIf, pool, (id) => tablesOf.get(id) ?? []);

  const readers = statements.filter(({ uses }) => uses.length > 0);
  await cache.need(readers.map(({ id }) => ({ statement: id, set: NOTHING.ids })));
  const costs = new Map(readers.map(({ id }) => [id, cache.planned(id, NOTHING.ids)?.cost ?? null]));
  const { kept, of: weights, notConsidered } = weigh(statements, costs);
  const least = kept.length === 1 ? QUESTIONS_ALONE : QUESTIONS_AT_LEAST;
  const limit = options.maxEstimates ?? Math.max(least, QUESTIONS_A_STATEMENT * kept.length);
  const spent = (share: number) => clock() - start >= share * problem.timeBudget;
  const over = () => spent(SEARCH_UNTIL) || cache.estimates >= limit;

  const candidates = candidatesFor(kept, problem, catalog);
  const predicate = predicatesOf(kept, catalog, dialect);
  const affordable = (id: number) => pool.get(id).bytes <= problem.budget;
  const proposed = new Map([...candidates.of].map(([id, specs]) => [id, specs.map((spec) => pool.add(spec).id)]));
  const own = await utilised(new Map([...proposed].map(([id, list]) => [id, list.filter(affordable)])), cache);
  const tooLarge = [...new Set([...proposed.values()].flat())].filter((id) => !affordable(id));
  await addMerged(own, kept, { problem, catalog, pool, cache, weights, predicate });

  const ids = kept.map(({ id }) => id);
  const writeCost = writeCostOf(loadsOf(statements, catalog), catalog, { dialect, whatIf, predicate });
  const calls = new Map(statements.map((one) => [one.id, one.calls]));
  const objective = new Objective(ids, { cache, pool, weights, writeCost, calls });
  const frontier = new Frontier();
  const parts: GreedyParts = { objective, pool, limits: problem, over, visited: frontier.visit };
  const before = ids.reduce((sum, id) => sum + weights.get(id)! * costs.get(id)!, 0);

  const found = [...new Set(ids.flatMap((id) => [...cache.visible(id)]))].sort((a, b) => a - b);
  const alone = await aloneChanges(found, parts);
  const taken = utilisedOf(alone, { cache, pool, objective });
  const [lone, ...others] = ids;
  // Measured costs do not always fall with more indexes.
  const isAlone = lone !== undefined && others.length === 0 && !options.corrected;
  const known = isAlone ? await unbeatable({ statement: lone, before }, found, alone, cache, parts) : null;
  const best =
    known ??
    (await searched(
      found,
      alone,
      { random: seededRandom(problem.seed), varying: options.corrected ? 1 : VARIED },
      parts,
    ));
  // Up to here each statement saw what it was likely to want. Now it sees all that was chosen on its tables, and the same with less
  // to it: some of that is then not needed, and its room goes to others.
  const trimmed = [...best.ids].flatMap((id) => {
    const { spec } = pool.get(id);
    const { indexes } = catalog.table(spec.table)!;
    const exists = (trim: IndexSpec) =>
      indexes.some((own) => own.valid && own.spec && serves(own.spec, trim, catalog.table(spec.table)!));
    return trimsOf(spec).flatMap((trim) => (exists(trim) ? [] : [pool.add(trim).id]));
  });
  for (const id of ids) {
    const tables = tablesOf.get(id)!;
    const more = [...best.ids, ...trimmed].filter((one) => tables.includes(pool.get(one).spec.table));
    cache.show(id, [...cache.visible(id), ...more]);
  }
  const full = new Objective(ids, { cache, pool, weights, writeCost, calls });
  const fully: GreedyParts = { ...parts, objective: full, over: () => spent(1) };
  const smaller = [...new Set([...found, ...trimmed])];
  const thinned = await dropPass(smaller, await full.solution(best.ids), before, fully);
  const filled = await greedy(thinned, await aloneChanges(found, fully), fully);
  // Once is enough where nothing came in: each pass gives a little away.
  const thin = filled === thinned ? thinned : await dropPass(smaller, filled, before, fully);
  const { solution, removed } = options.corrected
    ? { solution: thin, removed: [] }
    : await withoutHarm(ids, thin, cache, fully);
  frontier.visit(solution);

  return {
    chosen: await chosenOf(solution, kept, { cache, pool, objective: full }),
    utilised: taken,
    redundant: redundantIndexes(problem.tables, pool.specsOf(solution.ids)),
    rejected: await rejections(
      { alone, chosen: solution, harmed: removed, tooLarge, served: candidates.served },
      { objective: full, pool, problem },
    ),
    notConsidered,
    before,
    after: before + solution.change,
    sweep: frontier.sweep(before),
    alternatives: frontier.alternatives(solution).map((other) => pool.specsOf(other.ids)),
    estimates: cache.estimates,
  };
}

/** Ends of greedy that are varied: the best one may be a dead end. */
const VARIED = 3;

/** Greedy from several starts, then variations of the best, then every set there is when they are few. */
async function searched(
  ids: readonly number[],
  alone: ReadonlyMap<number, number>,
  { random, varying }: { readonly random: () => number; readonly varying: number },
  parts: GreedyParts,
): Promise<Solution> {
  const ends: Solution[] = [];
  for (const { start, price } of await seedsFor(ids, alone, parts)) {
    if (parts.over() && ends.length > 0) break;
    parts.visited(start);
    const end = await greedy(start, alone, parts, price);
    ends.push(price > 0 ? await greedy(end, alone, parts) : end);
  }
  ends.sort((a, b) => a.change - b.change);
  const different = ends.filter(
    ({ ids: set }, i) => ends.findIndex((one) => nameOfSet(one.ids) === nameOfSet(set)) === i,
  );
  let best = NOTHING;
  for (const end of different.slice(0, varying)) {
    const varied = await variations(ids, end, random, parts);
    if (varied.change < best.change) best = varied;
  }
  const promising = [...ids].sort((a, b) => alone.get(a)! - alone.get(b)! || a - b);
  if (ids.length > EXACT_CANDIDATES) return best;
  return exact(promising, best, parts);
}

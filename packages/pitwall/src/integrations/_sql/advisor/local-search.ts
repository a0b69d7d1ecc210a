import { diverse } from './diverse.ts';
import { keyOf, subjectOf } from './key-of.ts';
import type { IndexSpec, UtilisedIndex } from './problem.ts';
import { type BuiltSet, builtSet, type Runs } from './runs.ts';
import { trimsOf } from './trims.ts';

/** Runs of a neighbour, and of one that looked better, before it is believed. */
const LOOK = 3;
const BELIEVE = 9;

/** A neighbour must be this much faster: less is within the noise of medians. */
const BETTER = 0.01;

/** Or as fast, but for this (what two copies with the same indexes differ by), with so much fewer bytes. */
const AS_FAST = 0.005;
const SMALLER = 0.95;

/** Others tried in the place of one index that begin alike, as many that do not, and beside all of them. */
const SWAPS = 6;
const ADDITIONS = 48;

/** Ways to mend a statement that are compared, and harmed ones in turn for each of them. */
const WAYS = 8;

/**
 * One index more, or one for another, with which the statement is no slower than without any and the workload ranks best: often
 * an index misleads the planner only until a better one for the statement is there. Where that one harms others, those are
 * mended too, once. Null when none mends it.
 */
export async function repaired(
  set: BuiltSet,
  statement: string,
  utilised: readonly UtilisedIndex[],
  runs: Runs,
  limits: SearchLimits,
  further = true,
): Promise<BuiltSet | null> {
  const { fits, over, maxIndexes } = limits;
  const statements = runs.touchedBy(set.specs);
  // Only what its plan would use can mend it.
  const wanted = utilised.filter(({ statements: users }) => users.includes(statement));
  const { additions, swaps } = movesFrom(set, wanted, Number.POSITIVE_INFINITY);
  for (const one of [builtSet([]), set]) await runs.ensure(one, statements, LOOK);
  const ways: BuiltSet[] = [];
  for (const { gone, added } of [...additions, ...swaps]) {
    if (ways.length >= WAYS || over()) break;
    const next = applied(set, gone, added);
    if (!next || next.specs.length > maxIndexes) continue;
    await runs.ensure(next, [statement], LOOK);
    if (runs.harmed(next, [statement]).length > 0 || !fits(next)) continue;
    await runs.ensure(next, statements, LOOK);
    ways.push(next);
    if (!further) continue;
    let both: BuiltSet | null = next;
    for (const id of runs.harmed(next, statements))
      both = both && (await repaired(both, id, utilised, runs, limits, false));
    if (both && both !== next) ways.push(both);
  }
  const ranking = (one: BuiltSet) => runs.ranking(one, statements);
  for (const way of ways) await runs.ensure(way, statements, LOOK);
  const best = ways.sort((a, b) => ranking(a) - ranking(b))[0];
  return best && ranking(best) < ranking(set) ? best : null;
}

export interface SearchLimits {
  readonly fits: (set: BuiltSet) => boolean;
  readonly bytesOf: (set: BuiltSet) => number;
  readonly over: () => boolean;
  readonly maxIndexes: number;
}

/**
 * From the fastest set, one step at a time: an index out, one in, one for another; the first step that is faster is taken, or as fast with fewer bytes. What
 * the planner's order missed is found here. Ends when no step helps or the time is over.
 */
export async function localSearch(
  start: BuiltSet,
  utilised: readonly UtilisedIndex[],
  statements: readonly string[],
  runs: Runs,
  limits: SearchLimits,
): Promise<BuiltSet> {
  const { over, maxIndexes } = limits;
  let best = start;
  const tried = new Set([start.name]);
  for (;;) {
    const before = best;
    for (const kind of KINDS) {
      for (const { gone, added } of movesFrom(best, utilised)[kind]) {
        if (over()) return best;
        const set = applied(best, gone, added);
        if (!set || set.specs.length > maxIndexes || tried.has(set.name)) continue;
        tried.add(set.name);
        if (await isBetter(set, best, statements, runs, limits)) best = set;
      }
    }
    if (best === before) return best;
  }
}

/** What is not needed goes first: it makes room, and costs no new measurement where no plan uses it. */
const KINDS = ['drops', 'trims', 'additions', 'swaps'] as const;

interface Move {
  readonly gone: IndexSpec | null;
  readonly added: IndexSpec | null;
}

/** Null when the set has changed since, so that there is no such move. */
function applied({ specs }: BuiltSet, gone: IndexSpec | null, added: IndexSpec | null): BuiltSet | null {
  const [out, into] = [gone && keyOf(gone), added && keyOf(added)];
  const keys = specs.map(keyOf);
  if ((out !== null && !keys.includes(out)) || (into !== null && keys.includes(into))) return null;
  return builtSet([...specs.filter((spec) => keyOf(spec) !== out), ...(added ? [added] : [])]);
}

async function isBetter(
  set: BuiltSet,
  best: BuiltSet,
  statements: readonly string[],
  runs: Runs,
  { fits, bytesOf }: Pick<SearchLimits, 'fits' | 'bytesOf'>,
): Promise<boolean> {
  for (const count of [LOOK, BELIEVE]) {
    await runs.ensure(best, statements, count);
    await runs.ensure(set, statements, count);
    if (!fits(set)) return false;
    const most = bytesOf(set) <= SMALLER * bytesOf(best) ? 1 + AS_FAST : 1 - BETTER;
    if (!(runs.ranking(set, statements) < most * runs.ranking(best, statements))) return false;
  }
  return true;
}

/** Single steps from a set. Trims: the same with less to it. Swaps: a longer or shorter one that begins alike, and as many that begin otherwise. */
export function movesFrom(
  { specs }: BuiltSet,
  utilised: readonly Pick<UtilisedIndex, 'spec'>[],
  most = ADDITIONS,
): Readonly<Record<(typeof KINDS)[number], readonly Move[]>> {
  const has = new Set(specs.map(keyOf));
  const others = diverse(utilised)
    .map(({ spec }) => spec)
    .filter((spec) => !has.has(keyOf(spec)));
  return {
    drops: specs.map((gone) => ({ gone, added: null })),
    trims: specs.flatMap((gone) => trimsOf(gone).map((added) => ({ gone, added }))),
    additions: others.slice(0, most).map((added) => ({ gone: null, added })),
    swaps: specs.flatMap((gone) => {
      const alike = (spec: IndexSpec) => subjectOf(spec.keys[0]!) === subjectOf(gone.keys[0]!);
      const near = others.filter((spec) => spec.table === gone.table);
      const instead = [...near.filter(alike).slice(0, SWAPS), ...near.filter((spec) => !alike(spec)).slice(0, SWAPS)];
      return instead.map((added) => ({ gone, added }));
    }),
  };
}

import { diverse } from './diverse.ts';
import { keyOf, subjectOf } from './key-of.ts';
import type { IndexSpec, UtilisedIndex } from './problem.ts';
import { type BuiltSet, builtSet, type Runs } from './runs.ts';

/** Runs of a neighbour, and of one that looked better, before it is believed. */
const LOOK = 3;
const BELIEVE = 9;

/** A neighbour must be this much faster: less is within the noise of medians. */
const BETTER = 0.01;

/** Or as fast, but for this, with so much fewer bytes. */
const AS_FAST = 0.002;
const SMALLER = 0.95;

/** Others tried in the place of one index that begin alike, as many that do not, and beside all of them. */
const SWAPS = 6;
const ADDITIONS = 24;

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
    const next = neighbours(best, utilised, maxIndexes).filter(({ name }) => !tried.has(name));
    let improved = false;
    for (const set of next) {
      if (over()) return best;
      tried.add(set.name);
      if (!(await isBetter(set, best, statements, runs, limits))) continue;
      best = set;
      improved = true;
      break;
    }
    if (!improved) return best;
  }
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

/** Additions and swaps first: they may gain much; a needless index is also found by its ablation. */
export function neighbours(
  { specs }: BuiltSet,
  utilised: readonly Pick<UtilisedIndex, 'spec'>[],
  maxIndexes: number,
): readonly BuiltSet[] {
  const has = new Set(specs.map(keyOf));
  const others = diverse(utilised)
    .map(({ spec }) => spec)
    .filter((spec) => !has.has(keyOf(spec)));
  const without = (gone: IndexSpec) => specs.filter((spec) => spec !== gone);
  const additions = specs.length < maxIndexes ? others.slice(0, ADDITIONS).map((spec) => [...specs, spec]) : [];
  // A longer or shorter one that begins alike, and one that begins otherwise: as many of each.
  const swaps = specs.flatMap((gone) => {
    const alike = (spec: IndexSpec) => subjectOf(spec.keys[0]!) === subjectOf(gone.keys[0]!);
    const near = others.filter((spec) => spec.table === gone.table);
    const instead = [...near.filter(alike).slice(0, SWAPS), ...near.filter((spec) => !alike(spec)).slice(0, SWAPS)];
    return instead.map((spec) => [...without(gone), spec]);
  });
  return [...additions, ...swaps, ...specs.map(without)].map(builtSet);
}

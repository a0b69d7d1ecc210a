import { type Ablation, ablate, glance, isWorthIt, whyDropped } from './ablation.ts';
import { keyOf } from './key-of.ts';
import { HARM } from './no-harm.ts';
import { brokenIn, type Effect, effectOf, workloadEffect } from './paired-effect.ts';
import type { IndexSpec } from './problem.ts';
import type { Rejection } from './reasons.ts';
import { type BuiltSet, builtSet, differing, NONE, type Runs, type SideBySide } from './runs.ts';

/** Runs for a first look at what an index does to the others. */
const LOOK = 3;

/** A difference in time that runs beside each other do not show. */
const UNCHANGED = 0.02;

/** So many times the runs for a read that looks slower, before it is let off. */
const SURE = 3;

/** Sets that are turned to instead at most: each is compared anew with no index at all. */
const MOST_SWITCHES = 6;

/** The indexes that are left, and the runs that show what they do. */
export interface Proven {
  readonly set: BuiltSet;
  readonly beside: SideBySide;
  readonly workload: Effect | null;
  readonly ablations: readonly Ablation[];
  readonly rejected: readonly Rejection[];
}

const NOTHING_PROVEN = { set: NONE, beside: [new Map(), new Map()], workload: null, ablations: [] };

/**
 * Takes indexes out until each that is left is worth it and no read is slower; where one harms a read and another index mends
 * that, it is added or swapped first. Ends, because every turn takes one out or mends a statement, which is done until its time is over.
 */
export async function prove(
  winner: BuiltSet,
  runs: Runs,
  rounds: number,
  {
    isRead,
    repair,
    mends,
    fits,
    over,
  }: {
    isRead: (id: string) => boolean;
    over: () => boolean;
    /** Never with what was rejected. */
    repair: (set: BuiltSet, statement: string, without: readonly Rejection[]) => Promise<BuiltSet | null>;
    mends: Set<string>;
    fits: (set: BuiltSet) => boolean;
  },
): Promise<Proven> {
  const rejected: Rejection[] = [];
  /** Sets that were seen to harm in the final comparison: fewer runs let them pass. */
  const refuted = new Set<string>();
  const ablations = new Map<string, Ablation>();
  let set = winner;
  const drop = ({ spec }: Pick<Ablation, 'spec'>, because: string) => {
    rejected.push({ spec, because });
    set = builtSet(set.specs.filter((other) => keyOf(other) !== keyOf(spec)));
    // The others may have stood in for it, or the other way round: those that matter to the same statements, and those that
    // did not seem to matter.
    const gone = ablations.get(keyOf(spec));
    ablations.delete(keyOf(spec));
    for (const [key, other] of ablations) {
      if (runs.share(other.spec, spec) && (!isWorthIt(other) || !gone || matterToOne(other, gone)))
        ablations.delete(key);
    }
  };
  let switches = 0;
  const switchTo = (other: BuiltSet, because: string) => {
    switches++;
    const kept = new Set(other.specs.map(keyOf));
    for (const spec of set.specs) if (!kept.has(keyOf(spec))) rejected.push({ spec, because });
    ablations.clear();
    set = other;
  };
  while (set.specs.length > 0) {
    for (const spec of set.specs) {
      if (ablations.has(keyOf(spec))) continue;
      ablations.set(keyOf(spec), over() ? await glance(spec, set, runs) : await ablate(spec, set, runs, rounds));
    }
    const unworthy = [...ablations.values()]
      .filter((one) => !isWorthIt(one))
      .sort((a, b) => a.savedSeconds - b.savedSeconds);
    const least = await firstHarmless(unworthy, set, runs, mends);
    if (least) {
      drop(least, whyDropped(least));
      continue;
    }
    const statements = runs.touchedBy(set.specs);
    const first = await runs.sideBySide([NONE, set], statements, rounds);
    const unsure = statements.filter((id) => isRead(id) && isUnsure(first, id, runs.slack));
    const again = await runs.sideBySide([NONE, set], unsure, SURE * rounds);
    const beside = first.map((runsOf, i) => new Map([...runsOf, ...again[i]!]));
    const unknown = statements.filter((id) => isRead(id) && !beside[0]!.get(id) && !beside[1]!.get(id));
    const all = [
      ...harmedReads(beside, isRead, runs.slack),
      ...runs.harmed(set, unknown).map((id) => ({ id, ratio: null })),
    ];
    if (all.length > 0) refuted.add(set.name);
    const changed: IndexSpec[] = [];
    for (const harmed of all) {
      // What was done for another one may have mended it.
      if (changed.some((spec) => runs.touches(spec, harmed.id))) continue;
      const earlier = set;
      const instead = await repair(set, harmed.id, rejected);
      if (instead) {
        for (const [key, { spec }] of ablations) if (runs.touches(spec, harmed.id)) ablations.delete(key);
        for (const key of [...ablations.keys()])
          if (!instead.specs.some((spec) => keyOf(spec) === key)) ablations.delete(key);
        for (const spec of instead.specs) if (!set.specs.includes(spec)) mends.add(keyOf(spec));
        set = instead;
      } else {
        const culprits = await culpritsOf(harmed.id, set, statements, runs);
        const rest = builtSet(set.specs.filter((spec) => !culprits.includes(spec)));
        const slower = `Measured on the copy, statement ${harmed.id} is ${slowerText(harmed.ratio)} with it`;
        const other = switches < MOST_SWITCHES ? await betterKnown(rest, refuted, fits, runs) : null;
        if (other) switchTo(other, `${slower} and others together: a set without it is better.`);
        else for (const spec of culprits) drop({ spec }, `${slower}.`);
      }
      changed.push(...differing(earlier, set));
    }
    if (changed.length > 0) continue;
    const workload = workloadEffect(first, statements, (id) => runs.callsOf(id));
    if (workload.interval[1] < 1) {
      const kept = new Set(set.specs.map(keyOf));
      const others = rejected.filter(({ spec }) => !kept.has(keyOf(spec)));
      return { set, beside, workload, ablations: [...ablations.values()], rejected: others };
    }
    const because = 'Measured on the copy, the workload is not faster with the whole set than without any new index.';
    return { ...NOTHING_PROVEN, rejected: [...rejected, ...set.specs.map((spec) => ({ spec, because }))] };
  }
  return { ...NOTHING_PROVEN, rejected };
}

/** It looks slower, but its interval does not say so: a few stalls among ten runs do that. */
function isUnsure([before, after]: SideBySide, id: string, slack: number): boolean {
  const [without, withSet] = [before!.get(id), after!.get(id)];
  if (!without || !withSet) return false;
  const effect = effectOf(without, withSet);
  return effect.after - effect.before > slack && effect.ratio > 1 + HARM / 2 && effect.interval[0] <= 1 + HARM;
}

/** Null: only a few runs say so. */
function slowerText(ratio: number | null): string {
  if (ratio === null) return 'slower in a few runs';
  return Number.isFinite(ratio) ? `${((ratio - 1) * 100).toFixed(0)} % slower` : 'failing';
}

/**
 * The reads, worst first, that are slower with certainty, by more than 5 % and the bench's slack: one that takes microseconds is a tenth slower
 * already when the planner has another index to look at. Writes are counted in the sum: every index slows them.
 */
function harmedReads(
  beside: SideBySide,
  isRead: (id: string) => boolean,
  slack: number,
): readonly { readonly id: string; readonly ratio: number }[] {
  const [before, after] = beside;
  const harmed = brokenIn(beside).map((id) => ({ id, ratio: Number.POSITIVE_INFINITY }));
  for (const [id, runs] of before!) {
    if (!runs || !after!.get(id) || !isRead(id)) continue;
    const effect = effectOf(runs, after!.get(id)!);
    const isSlower = effect.ratio > 1 + HARM && effect.interval[0] > 1 && effect.after - effect.before > slack;
    if (isSlower) harmed.push({ id, ratio: effect.ratio });
  }
  return harmed.sort((a, b) => b.ratio - a.ratio);
}

/** The first without which no read is harmed that is not harmed now; only one that mends is asked about that. */
async function firstHarmless(
  unworthy: readonly Ablation[],
  set: BuiltSet,
  runs: Runs,
  mends: ReadonlySet<string>,
): Promise<Ablation | undefined> {
  for (const one of unworthy) {
    if (!mends.has(keyOf(one.spec))) return one;
    const rest = builtSet(set.specs.filter((other) => keyOf(other) !== keyOf(one.spec)));
    const statements = runs.touchedBy([one.spec]);
    for (const each of [NONE, set, rest]) await runs.ensure(each, statements, LOOK);
    const now = runs.harmed(set, statements);
    if (runs.harmed(rest, statements).every((id) => now.includes(id))) return one;
  }
  return undefined;
}

/**
 * The index without which the statement is not harmed and the workload ranks best; two where one takes the place of the other;
 * the one without which the workload ranks best where neither helps.
 */
async function culpritsOf(
  statement: string,
  set: BuiltSet,
  statements: readonly string[],
  runs: Runs,
): Promise<readonly IndexSpec[]> {
  await runs.ensure(NONE, statements, LOOK);
  const suspects = set.specs.filter((spec) => runs.touches(spec, statement));
  const pairs = suspects.flatMap((a, i) => suspects.slice(i + 1).map((b) => [a, b]));
  const ranked: { gone: readonly IndexSpec[]; ranking: number }[] = [];
  for (const sets of [suspects.map((spec) => [spec]), pairs]) {
    const mending: typeof ranked = [];
    for (const gone of sets) {
      const rest = builtSet(set.specs.filter((other) => !gone.includes(other)));
      await runs.ensure(rest, [statement], LOOK);
      const mended = runs.harmed(rest, [statement]).length === 0 && Number.isFinite(runs.seconds(rest, [statement]));
      if (!mended && gone.length > 1) continue;
      await runs.ensure(rest, statements, LOOK);
      (mended ? mending : ranked).push({ gone, ranking: runs.ranking(rest, statements) });
    }
    if (mending.length > 0) return mending.sort((a, b) => a.ranking - b.ranking)[0]!.gone;
  }
  return ranked.sort((a, b) => a.ranking - b.ranking)[0]!.gone;
}

/**
 * Of all sets that were run so far the best, where that is better than what is left without the culprits: a statement that cannot be
 * mended must not cost what another set keeps. Harm belongs to sets: an index that harms in one may be in the best of the others.
 */
async function betterKnown(
  rest: BuiltSet,
  refuted: ReadonlySet<string>,
  fits: (set: BuiltSet) => boolean,
  runs: Runs,
): Promise<BuiltSet | null> {
  const all = runs.timed();
  await runs.ensure(rest, all, LOOK);
  const ranking = (one: BuiltSet) => runs.ranking(one, all);
  const usable = runs.sets().filter((one) => !refuted.has(one.name) && Number.isFinite(ranking(one)) && fits(one));
  const best = usable.sort((a, b) => ranking(a) - ranking(b))[0];
  return best && ranking(best) < ranking(rest) ? best : null;
}

/** Whether a statement's time changes with either of them. */
function matterToOne(a: Ablation, b: Ablation): boolean {
  const changes = (ratio: number | undefined) => ratio !== undefined && Math.abs(ratio - 1) > UNCHANGED;
  return [...a.ratios].some(([id, ratio]) => changes(ratio) && changes(b.ratios.get(id)));
}

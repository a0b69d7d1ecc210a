import { type Ablation, ablate, glance, isWorthIt, whyDropped } from './ablation.ts';
import { halving } from './halving.ts';
import { keyOf } from './key-of.ts';
import { localSearch, repaired, type SearchLimits } from './local-search.ts';
import { HARM } from './no-harm.ts';
import { brokenIn, type Effect, effectOf, workloadEffect } from './paired-effect.ts';
import type { Bench, Choice, IndexSpec, Problem, WhatIf } from './problem.ts';
import type { Rejection } from './reasons.ts';
import { type BuiltSet, builtSet, Runs, type SideBySide } from './runs.ts';
import { startingSets } from './starting-sets.ts';

export interface RefineOptions {
  /** Seconds for everything; the final comparison is made in any case. */
  readonly seconds: number;
  /** Seconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Of the final comparison: 10 at least. */
  readonly rounds?: number;
  /** Asked once more for the set in the end, to set its prediction beside what was measured. */
  readonly whatIf?: Pick<WhatIf, 'estimate'>;
}

export interface MeasuredStatement extends Effect {
  readonly id: string;
  readonly writes: boolean;
  /** It was given up without new indexes: `before` is when. */
  readonly atLeast: boolean;
  /** Planner's cost after ÷ before; null where it was not asked or cannot plan. */
  readonly predicted: number | null;
  /** Whether planner and measurement say the same direction; null: one of them says no difference. */
  readonly agreed: boolean | null;
}

export interface Refined {
  /** The chosen indexes with their own measured effect and bytes as built, most useful first. */
  readonly chosen: readonly (Ablation & { readonly bytes: number | null })[];
  /** Every statement on a table of a chosen index: without any new index, and with all chosen. */
  readonly statements: readonly MeasuredStatement[];
  /** All of these together by calls; null when nothing is chosen. */
  readonly workload: (Effect & { readonly predicted: number | null }) | null;
  readonly rejected: readonly Rejection[];
  /** Sets in the contest, fastest first: seconds of the workload's statements on their tables. */
  readonly tried: readonly { readonly indexes: readonly IndexSpec[]; readonly seconds: number }[];
  /** Runs of single statements. */
  readonly measurements: number;
}

const NONE: BuiltSet = builtSet([]);

/** Least runs a side of what is proposed: research §2.3.11. */
const ROUNDS = 10;

/** Runs for a first look at what an index does to the others. */
const LOOK = 3;

/** A difference in time that runs beside each other do not show. */
const UNCHANGED = 0.02;

/** So many times the runs for a read that looks slower, before it is let off. */
const SURE = 3;

/** Of the time, until when the contest and the search around its winner may run: the rest is for the final comparisons. */
const CONTEST_UNTIL = 0.3;
const SEARCH_UNTIL = 0.6;
/** Until when single indexes are compared in pairs: what is left then is for all of them beside none. */
const PAIRS_UNTIL = 1;
/** And until when another index is looked for where one harms a statement. */
const REPAIR_UNTIL = 1.5;

/** A difference that a planner's cost does not mean. */
const SAME = 0.01;

/**
 * The measured stage: sets near the planner's choice are built on a copy and timed; the fastest is searched around, then compared with no
 * new index side by side, and each of its indexes with the set without it. What shows no gain is dropped, what makes a read more than 5 % slower
 * with certainty too. Where measurement and planner disagree, measurement is right. Throws only what the bench throws.
 */
export async function refine(problem: Problem, choice: Choice, bench: Bench, options: RefineOptions): Promise<Refined> {
  const clock = options.clock ?? (() => performance.now() / 1000);
  const start = clock();
  const spent = (share: number) => () => clock() - start >= share * options.seconds;
  const rounds = Math.max(ROUNDS, options.rounds ?? ROUNDS);
  const runs = new Runs(problem, bench);
  const estimates = new Map(choice.utilised.map(({ spec, bytes }) => [keyOf(spec), bytes]));
  const bytesOf = (set: BuiltSet) => runs.bytesOf(set, (spec) => estimates.get(keyOf(spec)) ?? 0);
  const fits = (set: BuiltSet) => set.specs.length <= problem.maxIndexes && bytesOf(set) <= problem.budget;

  const sets = startingSets(choice, problem.maxIndexes).map(builtSet);
  const statements = runs.touchedBy(sets.flatMap(({ specs }) => specs));
  const ranked = await halving([NONE, ...sets], statements, runs, { fits, over: spent(CONTEST_UNTIL) });
  const known = runs.touchedBy(sets.flatMap(({ specs }) => specs));
  const tried = ranked.map((set) => ({ indexes: set.specs, seconds: runs.seconds(set, known) }));
  const limits = { fits, bytesOf, over: spent(SEARCH_UNTIL), maxIndexes: problem.maxIndexes };
  // Indexes without which another one would harm a read.
  const mends = new Set<string>();
  const mended = ranked[0] ? await mend(ranked[0], known, choice.utilised, runs, limits) : NONE;
  for (const spec of mended.specs) if (ranked[0]?.specs.includes(spec) === false) mends.add(keyOf(spec));
  const winner = ranked[0] ? await localSearch(mended, choice.utilised, known, runs, limits) : NONE;
  const isRead = readsOf(problem);
  const repair = (set: BuiltSet, statement: string, without: readonly Rejection[]) => {
    const gone = new Set(without.map(({ spec }) => keyOf(spec)));
    const others = choice.utilised.filter(({ spec }) => !gone.has(keyOf(spec)));
    return repaired(set, statement, others, runs, { ...limits, over: spent(REPAIR_UNTIL) });
  };
  const proven = await prove(winner, runs, rounds, { isRead, repair, mends, over: spent(PAIRS_UNTIL) });
  const measured = await statementsOf(proven, problem, runs, options.whatIf);
  return {
    chosen: proven.ablations
      .map((ablation) => ({ ...ablation, bytes: runs.bytes.get(keyOf(ablation.spec)) ?? null }))
      .sort((a, b) => b.savedSeconds - a.savedSeconds),
    statements: measured,
    workload: proven.workload && { ...proven.workload, predicted: predictedWorkload(measured, runs) },
    rejected: proven.rejected,
    tried,
    measurements: runs.measurements,
  };
}

/** Another index for each read that the fastest set harms, where there is one. */
async function mend(
  fastest: BuiltSet,
  statements: readonly string[],
  utilised: Choice['utilised'],
  runs: Runs,
  limits: SearchLimits,
): Promise<BuiltSet> {
  let set = fastest;
  for (const id of runs.harmed(fastest, statements)) set = (await repaired(set, id, utilised, runs, limits)) ?? set;
  return set;
}

interface Proven {
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
async function prove(
  winner: BuiltSet,
  runs: Runs,
  rounds: number,
  {
    isRead,
    repair,
    mends,
    over,
  }: {
    isRead: (id: string) => boolean;
    over: () => boolean;
    /** Never with what was rejected. */
    repair: (set: BuiltSet, statement: string, without: readonly Rejection[]) => Promise<BuiltSet | null>;
    mends: Set<string>;
  },
): Promise<Proven> {
  const rejected: Rejection[] = [];
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
        for (const spec of culprits)
          drop({ spec }, `Measured on the copy, statement ${harmed.id} is ${slowerText(harmed.ratio)} with it.`);
      }
      changed.push(...differing(earlier, set));
    }
    if (changed.length > 0) continue;
    const workload = workloadEffect(first, statements, (id) => runs.callsOf(id));
    if (workload.interval[1] < 1) return { set, beside, workload, ablations: [...ablations.values()], rejected };
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

/** Indexes that one of them has alone. */
function differing(a: BuiltSet, b: BuiltSet): readonly IndexSpec[] {
  const [ours, theirs] = [a, b].map(({ specs }) => new Set(specs.map(keyOf)));
  return [...a.specs.filter((spec) => !theirs!.has(keyOf(spec))), ...b.specs.filter((spec) => !ours!.has(keyOf(spec)))];
}

/**
 * The reads, worst first, that are slower by more than 5 % even at the low end of their intervals, and by more than the bench's slack: one that takes
 * microseconds is a tenth slower already when the planner has another index to look at. Writes are counted in the sum: every index slows them.
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
    const isSlower = effect.interval[0] > 1 + HARM && effect.after - effect.before > slack;
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

/** Whether a statement's time changes with either of them. */
function matterToOne(a: Ablation, b: Ablation): boolean {
  const changes = (ratio: number | undefined) => ratio !== undefined && Math.abs(ratio - 1) > UNCHANGED;
  return [...a.ratios].some(([id, ratio]) => changes(ratio) && changes(b.ratios.get(id)));
}

async function statementsOf(
  { set, beside }: Proven,
  problem: Problem,
  { givenUp }: Pick<Runs, 'givenUp'>,
  whatIf: Pick<WhatIf, 'estimate'> | undefined,
): Promise<readonly MeasuredStatement[]> {
  const [before, after] = beside;
  const ids = [...before!.keys()].filter((id) => before!.get(id) && after!.get(id));
  if (ids.length === 0) return [];
  const plain = (await whatIf?.estimate([], ids)) ?? [];
  const planned = (await whatIf?.estimate(set.specs, ids)) ?? [];
  const isRead = readsOf(problem);
  return ids.map((id, i) => {
    const effect = effectOf(before!.get(id)!, after!.get(id)!);
    const predicted = plain[i] && planned[i] && plain[i].cost > 0 ? planned[i].cost / plain[i].cost : null;
    const known = { writes: !isRead(id), atLeast: givenUp.has(id), agreed: agreement(predicted, effect) };
    return { ...effect, ...known, id, predicted };
  });
}

function agreement(predicted: number | null, { ratio, interval }: Effect): boolean | null {
  if (predicted === null || Math.abs(predicted - 1) < SAME) return null;
  if (interval[0] <= 1 && interval[1] >= 1) return null;
  return predicted < 1 === ratio < 1;
}

/** Planner's costs scaled to the measured seconds before. */
function predictedWorkload(statements: readonly MeasuredStatement[], runs: Runs): number | null {
  let before = 0;
  let after = 0;
  for (const one of statements) {
    before += runs.callsOf(one.id) * one.before;
    after += runs.callsOf(one.id) * one.before * (one.predicted ?? 1);
  }
  return before > 0 && statements.some(({ predicted }) => predicted !== null) ? after / before : null;
}

function readsOf({ statements }: Problem): (id: string) => boolean {
  const writing = new Set(statements.filter(({ writes }) => writes.length > 0).map(({ id }) => id));
  return (id) => !writing.has(id);
}

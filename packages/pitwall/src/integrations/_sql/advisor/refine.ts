import type { Ablation } from './ablation.ts';
import { CorrectedWhatIf } from './corrected.ts';
import { halving } from './halving.ts';
import { keyOf } from './key-of.ts';
import { allUtilised, learningSearch, promising } from './learning-search.ts';
import { localSearch, repaired, type SearchLimits } from './local-search.ts';
import { type Effect, effectOf } from './paired-effect.ts';
import type { Bench, Choice, IndexSpec, Problem, WhatIf } from './problem.ts';
import { type Proven, prove } from './prove.ts';
import type { Rejection } from './reasons.ts';
import { type BuiltSet, builtSet, differing, NONE, Runs } from './runs.ts';
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
  /** Asked thousands of times more with what was measured: one that builds nothing. Absent: the planner's first choice is searched around. */
  readonly learning?: WhatIf;
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

/** Least runs a side of what is proposed: research §2.3.11. */
const ROUNDS = 10;

/**
 * Of the time, until when sets may be chosen again with what was measured, the best of them and others be compared, and the winner be
 * searched around: the rest is for the final comparisons.
 */
const LEARN_UNTIL = 0.35;
const CONTEST_UNTIL = { learnt: 0.38, alone: 0.3 };
const SEARCH_UNTIL = 0.6;
/** For each read that is harmed still another index is looked for. */
const MEND_UNTIL = 0.65;
/** How many times harm counts around the winner: what the rest of the workload gains by an index hardly ever makes up for it. */
const STRICTLY = 100;
/** And in the contest where nothing is learnt: another index may mend it afterwards, and a set that does nothing harms nobody. */
const LENIENTLY = 1;
/** Runs for a first look at a set. */
const LOOK = 3;
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

  const [chosen = [], ...others] = startingSets(choice, problem.maxIndexes);
  const statements = runs.touchedBy([...chosen, ...others.flat()]);
  for (const set of [NONE, builtSet(chosen)]) await runs.ensure(set, statements, LOOK);
  const learning = options.learning && new CorrectedWhatIf(problem, options.learning);
  const learnt = learning ? await learningSearch(problem, learning, statements, runs, spent(LEARN_UNTIL)) : [];
  const best = fastestOf([builtSet(chosen), ...learnt.map(({ set }) => set)], statements, runs, fits);
  const rest = [chosen, ...others].map(builtSet).filter(({ name }) => name !== best.name);
  const sets = [best, ...(learning ? await promising(rest, best, learning, statements, runs) : rest)];
  const contest = learning
    ? { over: spent(CONTEST_UNTIL.learnt) }
    : { over: spent(CONTEST_UNTIL.alone), harmCounts: LENIENTLY };
  const ranked = await halving([NONE, ...sets], statements, runs, { fits, ...contest });
  const known = runs.touchedBy(sets.flatMap(({ specs }) => specs));
  const tried = ranked.map((set) => ({ indexes: set.specs, seconds: runs.seconds(set, known) }));
  const utilised = allUtilised([...learnt.slice(0, 1).map((one) => one.choice), choice]);
  const limits = { fits, bytesOf, over: spent(SEARCH_UNTIL), maxIndexes: problem.maxIndexes };
  runs.harmCounts = STRICTLY;
  const found = ranked[0] ? await localSearch(ranked[0], utilised, known, runs, limits) : NONE;
  const winner = await mend(found, known, utilised, runs, { ...limits, over: spent(MEND_UNTIL) });
  // Indexes without which another one would harm a read.
  const mends = new Set(differing(found, winner).map(keyOf));
  const isRead = readsOf(problem);
  const repair = (set: BuiltSet, statement: string, without: readonly Rejection[]) => {
    const gone = new Set(without.map(({ spec }) => keyOf(spec)));
    const others = utilised.filter(({ spec }) => !gone.has(keyOf(spec)));
    return repaired(set, statement, others, runs, { ...limits, over: spent(REPAIR_UNTIL) });
  };
  const proven = await prove(winner, runs, rounds, { isRead, repair, mends, fits, over: spent(PAIRS_UNTIL) });
  // Not the first of the starting sets: where the planner would choose nothing, that is another one.
  const planned = builtSet(choice.chosen.map(({ spec }) => spec));
  const measured = await statementsOf(proven, problem, runs, options.whatIf);
  return {
    chosen: proven.ablations
      .map((ablation) => ({ ...ablation, bytes: runs.bytes.get(keyOf(ablation.spec)) ?? null }))
      .sort((a, b) => b.savedSeconds - a.savedSeconds),
    statements: measured,
    workload: proven.workload && { ...proven.workload, predicted: predictedWorkload(measured, runs) },
    rejected: [...proven.rejected, ...passedOver(planned, proven, known, runs)],
    tried,
    measurements: runs.measurements,
  };
}

/** Of these, where each was run with all of the statements; nothing where none fits. */
function fastestOf(
  sets: readonly BuiltSet[],
  statements: readonly string[],
  runs: Runs,
  fits: (set: BuiltSet) => boolean,
): BuiltSet {
  const ranking = (set: BuiltSet) => runs.ranking(set, statements);
  const run = sets.filter((set) => fits(set) && Number.isFinite(ranking(set)));
  return run.sort((a, b) => ranking(a) - ranking(b))[0] ?? NONE;
}

/** What the planner would choose, and measuring did not even propose: why. */
function passedOver(
  planned: BuiltSet,
  { set, rejected }: Proven,
  statements: readonly string[],
  runs: Runs,
): readonly Rejection[] {
  const told = new Set([...set.specs, ...rejected.map(({ spec }) => spec)].map(keyOf));
  const ratio = (id: string) => runs.seconds(planned, [id]) / runs.seconds(NONE, [id]);
  const harmed = [...runs.harmed(planned, statements)].sort((a, b) => ratio(b) - ratio(a));
  return planned.specs
    .filter((spec) => !told.has(keyOf(spec)))
    .map((spec) => {
      const worst = harmed.find((id) => runs.touches(spec, id));
      const slower =
        worst && Number.isFinite(ratio(worst)) ? `${((ratio(worst) - 1) * 100).toFixed(0)} % slower` : null;
      const because = slower
        ? `Measured on the copy, statement ${worst} is ${slower} with what the planner would choose, this among it; sets without it are faster.`
        : 'Measured on the copy, sets without it are as fast or faster.';
      return { spec, because };
    });
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

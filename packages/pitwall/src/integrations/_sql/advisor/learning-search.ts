import { advise } from './choose.ts';
import type { CorrectedWhatIf } from './corrected.ts';
import { keyOf } from './key-of.ts';
import type { Choice, Problem } from './problem.ts';
import { type BuiltSet, builtSet, NONE, type Runs } from './runs.ts';

/** Runs of a set: its plans are compared with others that were run as often. */
const LOOK = 3;

/** Seconds of one choice, and questions to the planner at most: there are many choices, and most answers are known by then. */
const CHOICE_SECONDS = 3;
const QUESTIONS_A_STATEMENT = 100;

/** So many choices in turn that ran no faster than the best before: what comes new is what noise makes of plans that are as good. */
const PATIENCE = 6;

/**
 * Chooses for the whole workload again and again, each time with what was measured of the last choice, until a choice brings nothing
 * new or the time is over. Each turn times at least one plan that was only estimated; where the planner is right the first turn is the last.
 * Every set that was run is learnt from, and every set that is chosen is run; the choices are told, latest first.
 */
export async function learningSearch(
  problem: Problem,
  whatIf: CorrectedWhatIf,
  statements: readonly string[],
  runs: Runs,
  over: () => boolean,
): Promise<readonly { readonly set: BuiltSet; readonly choice: Choice }[]> {
  const learnt = new Set<string>();
  const found: { set: BuiltSet; choice: Choice }[] = [];
  const maxEstimates = QUESTIONS_A_STATEMENT * problem.statements.length;
  const ranking = (set: BuiltSet) => runs.ranking(set, statements);
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (;;) {
    for (const set of runs.sets()) {
      if (learnt.has(set.name)) continue;
      learnt.add(set.name);
      await whatIf.learn(set.specs, runs.medians(set, statements));
    }
    if (over() || found.length >= best + PATIENCE) return found;
    const limited = { ...problem, timeBudget: CHOICE_SECONDS };
    const choice = await advise(limited, whatIf, { maxEstimates, corrected: true });
    const set = builtSet(choice.chosen.map(({ spec }) => spec));
    const before = found.findIndex((one) => one.set.name === set.name);
    found.unshift({ set, choice });
    if (before >= 0) return found;
    await runs.ensure(set, statements, LOOK);
    if (ranking(set) < least) [best, least] = [found.length, ranking(set)];
  }
}

/** A set is worth a look where what is known of its plans makes it so many times as slow as the best, or less: estimates err. */
const PROMISING = 2;

/** Those of the sets that are not known to be much slower than the best: by corrected costs, scaled to the seconds without indexes. */
export async function promising(
  sets: readonly BuiltSet[],
  best: BuiltSet,
  whatIf: Pick<CorrectedWhatIf, 'estimate'>,
  statements: readonly string[],
  runs: Runs,
): Promise<readonly BuiltSet[]> {
  const without = await whatIf.estimate([], statements);
  const seconds = async ({ specs }: BuiltSet) => {
    const planned = await whatIf.estimate(specs, statements);
    return statements.reduce((sum, id, i) => {
      const ratio = planned[i] && without[i] && without[i].cost > 0 ? planned[i].cost / without[i].cost : 1;
      return sum + runs.seconds(NONE, [id]) * ratio;
    }, 0);
  };
  const most = PROMISING * (await seconds(best));
  const kept: BuiltSet[] = [];
  for (const set of sets) if ((await seconds(set)) <= most) kept.push(set);
  return kept;
}

/** Indexes that any of the choices found use for, those of the latest first, each once. */
export function allUtilised(choices: readonly Choice[]): Choice['utilised'] {
  const byKey = new Map<string, Choice['utilised'][number]>();
  for (const { utilised } of choices)
    for (const one of utilised) if (!byKey.has(keyOf(one.spec))) byKey.set(keyOf(one.spec), one);
  return [...byKey.values()];
}

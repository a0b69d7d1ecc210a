import { describeIndex } from './key-of.ts';
import { plus } from './limits.ts';
import type { Harmed } from './no-harm.ts';
import type { Objective, Solution } from './objective.ts';
import type { Pool } from './pool.ts';
import type { IndexSpec, Problem } from './problem.ts';

/** An index that gives at most so much of what it gives alone serves nothing that the chosen ones do not. */
const AS_WELL = 0.05;
/** Rejected indexes that are told: those that would save most by themselves. */
const TOLD = 40;

export interface Rejection {
  readonly spec: IndexSpec;
  readonly because: string;
}

/** Why each utilised candidate was not chosen, most useful first; then what exists already. */
export async function rejections(
  {
    alone,
    chosen,
    harmed,
    tooLarge,
    served,
  }: {
    /** Change of each utilised candidate by itself. */
    readonly alone: ReadonlyMap<number, number>;
    readonly chosen: Solution;
    readonly harmed: readonly Harmed[];
    /** Candidates that the planner was not asked about. */
    readonly tooLarge: readonly number[];
    readonly served: readonly { readonly spec: IndexSpec; readonly by: string }[];
  },
  { objective, pool, problem }: { objective: Objective; pool: Pool; problem: Problem },
): Promise<readonly Rejection[]> {
  const ids = [...alone.keys()]
    .filter((id) => !chosen.ids.has(id))
    .sort((a, b) => alone.get(a)! - alone.get(b)! || a - b)
    .slice(0, TOLD);
  const further = await objective.changes(ids.map((id) => ({ from: chosen.ids, to: plus(chosen.ids, id) })));
  const told = ids.map((id, i) => {
    const { spec, bytes } = pool.get(id);
    const harm = harmed.find((one) => one.id === id);
    const because = harm
      ? `With it the planner expects ${percent(harm.ratio - 1)} more for statement ${harm.statement}.`
      : (whyNot(
          { alone: alone.get(id)!, further: further[i]!, bytes, writes: objective.writeSeconds(id, new Set()) },
          chosen,
          problem,
        ) ?? inPlace(id, chosen, pool, objective));
    return { spec, because };
  });
  const exist = served.slice(0, TOLD).map(({ spec, by }) => ({ spec, because: `The index ${by} serves it already.` }));
  const large = tooLarge.slice(0, TOLD).map((id) => {
    const { spec, bytes } = pool.get(id);
    return { spec, because: `With about ${size(bytes)} it is larger than the budget of ${size(problem.budget)}.` };
  });
  return [...told, ...large, ...exist];
}

function whyNot(
  candidate: { alone: number; further: number; bytes: number; writes: number },
  chosen: Solution,
  { budget, maxIndexes }: Problem,
): string | null {
  const { alone, further, bytes, writes } = candidate;
  if (alone >= 0) {
    return writes > 0
      ? `Its entries cost writes ${time(writes)}, more than the ${time(Math.max(0, writes - alone))} that reads save.`
      : 'By itself it saves nothing.';
  }
  const little = `Beside the chosen indexes it would save another ${time(-further)} only: too little for ${size(bytes)}.`;
  // Below a thousandth of what is saved it is no candidate any more, whatever room there is.
  if (further >= chosen.change * 1e-3) return further > AS_WELL * alone ? null : little;
  if (chosen.bytes + bytes > budget) {
    return `It would save another ${time(-further)}, but the chosen indexes leave no room for its ${size(bytes)} in the budget of ${size(budget)}.`;
  }
  if (chosen.ids.size >= maxIndexes)
    return `It would save another ${time(-further)}, but at most ${maxIndexes} indexes are asked for.`;
  return little;
}

/** The chosen ones that its statements see: two at most, a sentence is no list. */
function inPlace(id: number, chosen: Solution, pool: Pool, objective: Objective): string {
  const mine = new Set(objective.statementsOf(id));
  const { table } = pool.get(id).spec;
  const instead = [...chosen.ids].filter(
    (other) =>
      pool.get(other).spec.table === table && objective.statementsOf(other).some((statement) => mine.has(statement)),
  );
  if (instead.length === 0) return 'It saves next to nothing of the time that was looked at.';
  const named = instead.slice(0, 2).map((other) => describeIndex(pool.get(other).spec));
  return `Its statements are served as well by ${named.join(' and ')}.`;
}

/** Binary units, as sizes of relations are told. */
function size(bytes: number): string {
  for (const [unit, value] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= value) return `${(bytes / value).toPrecision(3)} ${unit}`;
  }
  return `${Math.round(bytes)} bytes`;
}

function time(seconds: number): string {
  return seconds >= 1 ? `${seconds.toPrecision(3)} s` : `${(seconds * 1000).toPrecision(3)} ms`;
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}

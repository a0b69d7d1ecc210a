import { centre, centreInterval, type Interval } from '../../../stats/hodges-lehmann.ts';
import { median } from '../../../stats/quantile.ts';
import type { SideBySide } from './runs.ts';

/** Certainty of every interval here. */
const LEVEL = 0.95;

/** Durations below a clock's step are taken as one step: no ratio of nothing. */
const SHORTEST = 1e-9;

export interface Effect {
  /** Medians. Seconds. */
  readonly before: number;
  readonly after: number;
  /** After ÷ before of runs made side by side, and its 95 % interval. */
  readonly ratio: number;
  readonly interval: Interval;
  readonly rounds: number;
}

const UNKNOWN: Interval = [0, Number.POSITIVE_INFINITY];

/**
 * The ratio of runs made side by side: Hodges–Lehmann centre of the logarithms of the pairs' ratios, and the interval of the signed-rank
 * test, which holds for any shape of noise where a bootstrap of ten values is too narrow (see stats/bootstrap.ts). With fewer than 6 pairs there is no such interval: it is
 * then without bounds.
 */
export function effectOf(before: readonly number[], after: readonly number[]): Effect {
  const rounds = Math.min(before.length, after.length);
  const ratios: number[] = [];
  for (let i = 0; i < rounds; i++) {
    ratios.push(Math.log(Math.max(SHORTEST, after[i]!) / Math.max(SHORTEST, before[i]!)));
  }
  const interval = centreInterval(ratios, LEVEL);
  return {
    before: median(before),
    after: median(after),
    ratio: Math.exp(centre(ratios)),
    interval: interval ? [Math.exp(interval[0]), Math.exp(interval[1])] : UNKNOWN,
    rounds,
  };
}

/** All statements together, weighted by their calls: round by round, so that a round's noise is in both. */
export function workloadEffect(
  [before, after]: SideBySide,
  statements: readonly string[],
  callsOf: (statement: string) => number,
): Effect {
  const known = statements.filter((id) => before?.get(id) && after?.get(id));
  const rounds = Math.min(...known.flatMap((id) => [before!.get(id)!.length, after!.get(id)!.length]));
  const sum = (runs: SideBySide[number], round: number) =>
    known.reduce((total, id) => total + callsOf(id) * runs.get(id)![round]!, 0);
  const totals = (runs: SideBySide[number]) =>
    Array.from({ length: Number.isFinite(rounds) ? rounds : 0 }, (_, round) => sum(runs, round));
  return effectOf(totals(before!), totals(after!));
}

/** Statements that ran before and fail now. */
export function brokenIn([before, after]: SideBySide): readonly string[] {
  return [...before!.keys()].filter((id) => before!.get(id) && !after!.get(id));
}

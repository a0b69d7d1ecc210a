import { centre, centreInterval, type Interval, shift, shiftInterval } from '../stats/hodges-lehmann.ts';
import { median } from '../stats/quantile.ts';
import { mannWhitney, signedRank, smallestMannWhitney, smallestSignedRank } from '../stats/rank-tests.ts';
import { type Estimate, intervalOf, minimumDetectable, pairedMean, pValueOf, welch } from '../stats/t-tests.ts';
import { type SharedTrend, sharedTrend } from '../stats/trend.ts';
import type { Point } from './series.ts';

/** By how much two arms differ, on the scale of the values given (logarithms, or the values themselves). */
export interface Contrast {
  readonly estimate: number;
  /** 95 %. */
  readonly interval: Interval;
  /** Two-sided, of one comparison alone. */
  readonly pValue: number;
  readonly minimumDetectable: number;
  /** Which way the blocks drifted while nothing was changed; 0: no sign of it. */
  readonly drift: -1 | 0 | 1;
}

/** Beyond this the exact counting gets slow and the t test needs no help: the mean of 30 is normal enough. */
const MOST_FOR_RANKS = 60;
/**
 * Slopes less surely 0 than this are taken for drift. Lenient on purpose: to miss a drift gives a false verdict, to see one
 * where there is none only widens an interval. Chosen by simulation: at 0.05 six blocks miss most drifts, and always
 * allowing for one would halve the power (simulation.test.ts has the rates).
 */
const DRIFT_LEVEL = 0.3;

/**
 * Blocks in pairs (interleaved): what drifts slowly hits both halves of a pair and cancels out.
 *
 * Two tests share the 5 %: Student's t, which keeps its resolution through Holm's correction over many guards (the exact test
 * of six pairs cannot go below 0.03), and the exact rank test, which a wild block does not blind. Each gets 2.5 % (Bonferroni:
 * valid however they depend on each other): the p-value is twice the smaller one and the interval is where both 97.5 %
 * intervals overlap. With so few blocks that the rank test cannot reach 2.5 % at all, the t test has the whole 5 %.
 */
export function pairedContrast(before: readonly Point[], after: readonly Point[]): Contrast {
  const partner = new Map(after.map((point) => [point.block, point.value]));
  const differences = before.flatMap(({ block, value }) => {
    const other = partner.get(block);
    return other === undefined ? [] : [other - value];
  });
  const estimate = centre(differences);
  const student = pairedMean(differences);
  const ranked = differences.length <= MOST_FOR_RANKS && smallestSignedRank(differences.length) <= 0.025;
  const combined = combine(
    estimate,
    student,
    ranked ? { pValue: signedRank(differences), interval: centreInterval(differences, 0.975) } : null,
  );
  return { estimate, ...combined, minimumDetectable: detectable(combined.interval, student.df), drift: 0 };
}

/**
 * Blocks one arm after the other (repeated): Welch's t and Mann–Whitney share the 5 % as above. What drifts through both arms
 * looks like an effect: where the blocks show it, or where `commonDrift` says that the other indicators do, the difference has to
 * stand also when the drift is taken away. A jump exactly between the arms cannot be told from an effect: interleave.
 */
export function sequentialContrast(
  before: readonly Point[],
  after: readonly Point[],
  order: { readonly blocksBefore: number; readonly commonDrift: boolean },
): Contrast {
  const [a, b] = [before.map(({ value }) => value), after.map(({ value }) => value)];
  const estimate = shift(a, b);
  const student = welch(a, b);
  const ranked = a.length + b.length <= MOST_FOR_RANKS && smallestMannWhitney(a.length, b.length) <= 0.025;
  let { pValue, interval } = combine(
    estimate,
    student,
    ranked ? { pValue: mannWhitney(a, b), interval: shiftInterval(a, b, 0.975) } : null,
  );
  const trend = trendOf(before, after, order.blocksBefore);
  const calm = trendOf(clipped(before), clipped(after), order.blocksBefore);
  const sloping = [trend, calm].every((one) => one !== null && one.slopePValue < DRIFT_LEVEL);
  const drift = trend !== null && sloping ? (trend.slope > 0 ? 1 : -1) : 0;
  if (trend !== null && (drift !== 0 || order.commonDrift)) {
    // Both readings have to agree: the plain difference, and what is left of it without the drift.
    const level = intervalOf(trend.step, 0.95);
    interval = [Math.min(interval[0], level[0]), Math.max(interval[1], level[1])];
    const sameSign = Math.sign(trend.step.value) === Math.sign(estimate);
    pValue = sameSign ? Math.max(pValue, pValueOf(trend.step)) : 1;
  }
  return { estimate, interval, pValue, minimumDetectable: detectable(interval, student.df), drift };
}

function trendOf(before: readonly Point[], after: readonly Point[], blocksBefore: number): SharedTrend | null {
  return sharedTrend(
    before.map(({ block, value }) => [block, value]),
    after.map(({ block, value }) => [blocksBefore + block, value]),
  );
}

/**
 * A single wild block near the end of an arm must not pass for a drift: the slope has to be there also when what lies beyond three
 * robust standard deviations (1.4826 · MAD) of its arm's median is drawn back to there.
 * Source: F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974).
 */
function clipped(points: readonly Point[]): Point[] {
  const values = points.map(({ value }) => value);
  const middle = median(values);
  const reach = 3 * 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  return points.map(({ block, value }) => ({
    block,
    value: Math.min(middle + reach, Math.max(middle - reach, value)),
  }));
}

function combine(
  estimate: number,
  student: Estimate,
  rank: { pValue: number; interval: Interval | null } | null,
): { interval: Interval; pValue: number } {
  if (!rank?.interval) return { interval: around(intervalOf(student, 0.95), estimate), pValue: pValueOf(student) };
  const t = intervalOf(student, 0.975);
  const low = Math.max(t[0], rank.interval[0]);
  const high = Math.min(t[1], rank.interval[1]);
  return {
    // Without overlap a wild block has dragged the mean away: the rank interval alone is the trustworthy one.
    interval: around(low <= high ? [low, high] : rank.interval, estimate),
    pValue: Math.min(1, 2 * Math.min(pValueOf(student), rank.pValue)),
  };
}

function around([low, high]: Interval, estimate: number): Interval {
  return [Math.min(low, estimate), Math.max(high, estimate)];
}

function detectable([low, high]: Interval, df: number): number {
  return minimumDetectable((high - low) / 2, df);
}

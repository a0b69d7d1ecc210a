import { centre, type Interval, shift } from '../stats/hodges-lehmann.ts';
import { drawnIn, longRun } from '../stats/long-run.ts';
import { variance } from '../stats/quantile.ts';
import { tQuantile } from '../stats/t-distribution.ts';
import { type Estimate, intervalOf, pValueOf } from '../stats/t-tests.ts';
import { type Spread, withinVariance } from './between-runs.ts';

/**
 * What two runs differ by although their blocks do not show it (other neighbours, another state of caches and heaps), where nobody
 * has measured it: as a standard deviation of a run's middle, in standard deviations of its blocks. In the recordings that are kept
 * (verify/fixtures; p50, p95, p99 as they have them) it was 0.16 and 0.02 over 75 runs of a service that waits; 0.74, 0.38 and 0.55 over six
 * stretches of 20 blocks of one that computes beside other work; 0.40, 0.23 and 0.13 of the same on an overloaded machine
 * [run-contrast.test.ts]. So it is enough for most, and not for the worst of them: calibrate to replace it.
 */
const UNSEEN_SPREAD = 0.5;
/** Never less than this, relative: a service that waits on a timer is steadier than the machine it runs on. [judgement] */
const LEAST_UNSEEN = 0.005;

/** By how much two runs differ, on the scale of the values given (logarithms, or the values themselves). */
export interface RunContrast {
  readonly estimate: number;
  /** 95 %. */
  readonly interval: Interval;
  /** Two-sided, of this comparison alone. */
  readonly pValue: number;
  /** False when neither blocks nor runs differ at all: what is seen is what is. */
  readonly random: boolean;
  /** Half-width of the interval of two runs of one state. */
  readonly noiseFloor: number;
  /** Smallest difference that a test at `level` finds in 4 of 5 repetitions. */
  minimumDetectable(level: number): number;
}

/**
 * Hodges–Lehmann estimate of the shift from one run to another, with Student's t on a standard error that holds for runs and not
 * only for blocks.
 *
 * Two runs are two draws of a run, however many blocks each has. With a calibration (or a history) the variance of a run's middle is
 * known: what is left of it beyond the blocks' own noise is added to that of the blocks compared here. The blocks may be noisier
 * today than they were then, so the variance is never less than what they say themselves, dependence allowed for (stats/long-run.ts).
 * Without one, that and an allowance for what blocks cannot show (UNSEEN_SPREAD) has to do.
 *
 * No bootstrap: resampled blocks know nothing of what differs between runs, and little of how blocks resemble each other. Of two runs of
 * 20 blocks of one state, a percentile bootstrap of this estimate (in brackets: of four blocks at a time) was sure of a difference in 4 %
 * (9 %) where blocks are independent, 25 % (21 %) where each resembles the one before by 0.5, and 40 % (45 %) where runs differ by half of
 * what blocks do; these intervals in 0, 0 and 4 % [300 draws each].
 *
 * Degrees of freedom: F. E. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin
 * 2 (1946).
 *
 * @param one what 100 % is on the scale of the values: 1 for logarithms
 */
export function runContrast(
  a: readonly number[],
  b: readonly number[],
  spread: Spread | null,
  one: number,
): RunContrast | null {
  const known = spread === null ? null : ofSpread(a, b, spread);
  const own = a.length > 1 && b.length > 1 ? ofBlocks(a, b, spread === null ? one : null) : null;
  const parts = [known, own].filter((part) => part !== null);
  if (parts.length === 0) return null;
  const worst = parts.reduce((first, other) => (other.standardError > first.standardError ? other : first));
  const still = spread === null ? null : { value: 0, standardError: Math.sqrt(2 * spread.total), df: spread.df };
  return contrastOf({ ...worst, value: shift(a, b) }, still);
}

function ofSpread(a: readonly number[], b: readonly number[], spread: Spread): Estimate {
  const between = Math.max(0, spread.total - spread.within);
  const arms = [a, b].map((values) => ({ within: withinVariance(values), n: values.length }));
  const total = arms.reduce((sum, { within }) => sum + between + within, 0);
  // Where blocks explain all of the spread, that too is only known from so many runs.
  const uncertain = 2 * Math.max(spread.total, spread.within);
  const uncertainty =
    uncertain ** 2 / spread.df + arms.reduce((sum, { within, n }) => sum + (n > 1 ? within ** 2 / (n - 1) : 0), 0);
  return {
    value: 0,
    standardError: Math.sqrt(total),
    df: uncertainty > 0 ? many(Math.max(1, total ** 2 / uncertainty)) : spread.df,
  };
}

/** @param one as above; null: no allowance */
function ofBlocks(a: readonly number[], b: readonly number[], one: number | null): Estimate {
  const { dependent, df } = longRun([a, b]);
  let total = dependent;
  if (one !== null && dependent > 0) {
    for (const values of [a, b]) {
      total += Math.max(UNSEEN_SPREAD ** 2 * variance(drawnIn(values)), (LEAST_UNSEEN * one) ** 2);
    }
  }
  return { value: 0, standardError: Math.sqrt(total), df: dependent > 0 ? many(df * (total / dependent) ** 2) : df };
}

/** Beyond a million degrees of freedom the t distribution is the normal one to seven digits. */
function many(df: number): number {
  return Math.min(1e6, df);
}

/**
 * Two runs of a load whose course changes (a ramp, a spike): each block against the one at the same place of the other run, so that
 * the course itself, which is the same in both, is no noise. Everything else as in `runContrast`.
 */
export function alignedContrast(
  a: readonly number[],
  b: readonly number[],
  spread: Spread | null,
  one: number,
): RunContrast {
  const differences = b.map((value, i) => value - a[i]!);
  const { dependent, df } = longRun([differences]);
  const known = spread === null ? 0 : 2 * spread.total;
  const unseen = UNSEEN_SPREAD ** 2 * variance(drawnIn(differences));
  const total =
    spread === null && dependent > 0
      ? dependent + Math.max(unseen, 2 * (LEAST_UNSEEN * one) ** 2)
      : Math.max(dependent, known);
  const estimate: Estimate = {
    value: centre(differences),
    standardError: Math.sqrt(total),
    df: spread !== null && known >= dependent ? spread.df : many(df * (dependent > 0 ? (total / dependent) ** 2 : 1)),
  };
  return contrastOf(estimate, spread === null ? null : { ...estimate, standardError: Math.sqrt(known), df: spread.df });
}

/**
 * Blocks measured at the same time, in pairs: what disturbs the machine disturbs both halves of a pair and cancels out. What is
 * left may still come in waves (one of the services collects garbage), which `longRun` allows for. Student's t has the degrees of freedom
 * of the variance that counts: those of its batches where these show dependence, else those of the pairs.
 *
 * By simulation (1,500 draws, pairs that resemble the one before by ρ) the 95 % interval leaves out the truth in 2, 2 and 5 % for 20 pairs and
 * ρ = 0, 0.5 and 0.8, in 2, 4 and 11 % for 12 pairs: fewer show no wave (FEWEST_PAIRS).
 */
export function pairContrast(a: readonly number[], b: readonly number[]): RunContrast {
  const differences = b.map((value, i) => value - a[i]!);
  const { independent, dependent, df: ofBatches } = longRun([differences]);
  const df = dependent > independent ? ofBatches : differences.length - 1;
  return contrastOf({ value: centre(differences), standardError: Math.sqrt(dependent), df }, null);
}

/** @param still the difference of two runs of one state; null: as the estimate has it */
function contrastOf(estimate: Estimate, still: Estimate | null): RunContrast {
  const { standardError, df } = still ?? estimate;
  return {
    estimate: estimate.value,
    interval: intervalOf(estimate, 0.95),
    pValue: pValueOf(estimate),
    random: estimate.standardError > 0,
    noiseFloor: standardError === 0 ? 0 : tQuantile(0.975, df) * standardError,
    minimumDetectable: (level) =>
      estimate.standardError === 0
        ? 0
        : estimate.standardError * (tQuantile(1 - level / 2, estimate.df) + tQuantile(0.8, estimate.df)),
  };
}

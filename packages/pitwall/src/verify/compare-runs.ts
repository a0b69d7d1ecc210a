import type { IndicatorComparison, RunVerdict, ShapeComparison, SpreadSource } from '../model/comparison.ts';
import { holm } from '../stats/holm.ts';
import { median } from '../stats/quantile.ts';
import { type NoiseRuns, noiseIndex, noiseKey, type Spread, spreadOf } from './between-runs.ts';
import { type FailedShares, type FailureGrowth, failureGrowth } from './failures.ts';
import { alignedContrast, pairContrast, type RunContrast, runContrast } from './run-contrast.ts';
import { changeOf, decideRuns } from './run-decide.ts';
import { keyOf, type RunSeries } from './run-series.ts';
import { ABSOLUTE_FLOOR, bounded, type Scale, scaleOf } from './scale.ts';

/** Fewer blocks of a run say nothing of how its blocks depend on each other: no verdict by blocks. */
const FEWEST_RUN_BLOCKS = 8;
/**
 * Of pairs it takes more: nothing but the pairs themselves says what is left of the noise. At 8 pairs that resemble the one before by 0.5,
 * 95 % intervals leave out the truth in 8 to 14 % of simulated draws, at 12 in 4 %. [run-contrast.test.ts]
 */
export const FEWEST_PAIRS = 12;

/** A size (not what a request moves) is a price and no harm until it more than doubles; as compare-series.ts has it. */
const MOST_GROWTH = 2;

/**
 * Indicators of which there is one value a run are many and rarely what a comparison is made for: they share a fifth of the 5 %,
 * what blocks measured has the rest. Alone, either has all of it.
 */
const SHARE_OF_BLOCKS = 0.8;

/**
 * How the 5 % are shared out within the blocks' family, fixed beforehand: what callers feel of the usual request has most, then
 * the tail, failures and throughput. A change of the service moves the median too, so the rest, which mostly says the same again,
 * must not take the power from it. [judgement; run-simulation.test.ts has the rates]
 */
const WEIGHTS: readonly (readonly [begins: string, weight: number])[] = [
  ['load.response.duration.p50', 8],
  ['load.response.duration.p99', 4],
  ['load.error.ratio', 2],
  ['load.requests.rate', 2],
  ['load.response.', 1],
  ['load.service.', 0.5],
];
/** Of the exact test of failures, which is made beside that of the blocks as soon as a request has failed. As WEIGHTS. */
const WEIGHT_OF_FAILURES = 6;

export interface CompareRunsInput {
  /**
   * `sequential`: one run after the other; `aligned`: the same, with a load whose course changes; `pairs`: block i of one at the
   * same time as block i of the other.
   */
  readonly design: 'sequential' | 'aligned' | 'pairs';
  readonly a: readonly RunSeries[];
  readonly b: readonly RunSeries[];
  /** Runs of an unchanged state, for what differs from run to run; null when there are none. Of the sequential design only. */
  readonly noise: NoiseRuns | null;
  /** Relative change below which two runs are the same, 0–1. */
  readonly tolerance: number;
  /** Comparisons of distributions, for the sentence. */
  readonly shapes: readonly ShapeComparison[];
}

export interface CompareRunsResult {
  readonly comparisons: readonly IndicatorComparison[];
  readonly verdict: RunVerdict;
  readonly because: string;
}

/**
 * Compares two runs indicator by indicator; the unit is the block or the run, never the request.
 *
 * `better` or `worse` needs all of: a p-value below 0.05 after Holm's correction, a 95 % interval without 1, and a change larger
 * than the tolerance and than the noise floor. `same` needs the interval inside the tolerance. All else is `inconclusive`; so is
 * whatever has one value a run and no earlier runs to know its noise from.
 *
 * A growing share of failed requests is no noise to be outvoted: it is `worse` also by the exact test of failures.ts, which has its own
 * part of the 5 %, and where that cannot tell, nothing is `better` or `same`.
 */
export function compareRuns(input: CompareRunsInput): CompareRunsResult {
  const others = new Map(input.b.map((series) => [keyOf(series), series]));
  const { noise } = input;
  const index = noise && noiseIndex(noise);
  const spreads = (series: RunSeries, scale: Scale) =>
    noise && spreadOf(noise.source, index!.get(noiseKey(series)) ?? [], scale.to);
  const drafts = input.a.flatMap((a): Draft[] => {
    const b = others.get(keyOf(a));
    return b && b.basis === a.basis ? [draftOf(a, b, input, spreads)] : [];
  });
  const comparisons = corrected(drafts).sort(byWorth);
  const failing = drafts.filter(({ failures }) => failures?.grew).map(({ a }) => a);
  return { comparisons, ...decideRuns({ comparisons, failing, shapes: input.shapes, tolerance: input.tolerance }) };
}

interface Draft {
  readonly a: RunSeries;
  readonly b: RunSeries;
  readonly scale: Scale;
  readonly level: number;
  readonly contrast: RunContrast | null;
  readonly spread: SpreadSource;
  /** Null where no failures are counted. */
  readonly failures: FailureGrowth | null;
}

function draftOf(
  a: RunSeries,
  b: RunSeries,
  { design, tolerance }: CompareRunsInput,
  spreads: (series: RunSeries, scale: Scale) => Spread | null,
): Draft {
  const level = median(a.values);
  const scale = scaleOf([...a.values, ...b.values], level, a.unit, tolerance);
  const failures = a.countsFailures ? failureGrowth(failedOf(a), failedOf(b)) : null;
  const inPairs = design !== 'sequential' && a.basis === 'blocks';
  const [left, right] = (inPairs ? paired(a, b) : [a.values, b.values]).map((values) => values.map(scale.to)) as [
    number[],
    number[],
  ];
  const spread = spreads(a, scale);
  const one = scale.to === Math.log ? 1 : Math.abs(level);
  const fewest = design === 'pairs' ? FEWEST_PAIRS : FEWEST_RUN_BLOCKS;
  const few = a.basis === 'blocks' && Math.min(left.length, right.length) < fewest;
  let contrast: RunContrast | null = null;
  if (few || (design === 'pairs' && !inPairs)) contrast = null;
  else if (design === 'pairs') contrast = pairContrast(left, right);
  else if (inPairs) contrast = alignedContrast(left, right, spread, one);
  else contrast = runContrast(left, right, spread, one);
  const source = design === 'pairs' ? 'pairs' : (spread?.source ?? 'blocks');
  return { a, b, scale, level, failures, contrast, spread: contrast === null ? 'unknown' : source };
}

function failedOf({ values, requests }: RunSeries): FailedShares {
  return { shares: values, requests };
}

/** The values of the blocks that both have. */
function paired(a: RunSeries, b: RunSeries): [number[], number[]] {
  const others = new Map(b.positions.map((position, i) => [position, b.values[i]!]));
  const both = a.positions.flatMap((position, i) => {
    const other = others.get(position);
    return other === undefined ? [] : [[a.values[i]!, other] as const];
  });
  return [both.map(([value]) => value), both.map(([, value]) => value)];
}

function corrected(drafts: readonly Draft[]): IndicatorComparison[] {
  // Where nothing varies or nothing is judged no test is made: they are no part of a family.
  const tested = drafts.map(({ contrast, a }) => contrast?.random === true && a.direction !== 'neutral');
  // The exact test holds given how many requests failed in both runs together: that none did may decide whether it is made.
  const exact = drafts.map(({ failures }) => failures !== null && !Number.isNaN(failures.pValue));
  const series = drafts.map(({ a }) => a);
  const { levels, families } = sharedOut(series, tested, exact);
  const adjusted = drafts.map(({ contrast }) => contrast?.pValue ?? null);
  const chances = drafts.map(() => Number.NaN);
  for (const { tests, share } of families) {
    const pValues = holm(
      tests.map(({ at, ofFailures }) => (ofFailures ? drafts[at]!.failures!.pValue : drafts[at]!.contrast!.pValue)),
      tests.map(({ weight }) => weight),
    );
    for (const [k, { at, ofFailures }] of tests.entries()) {
      const pValue = Math.min(1, pValues[k]! / share);
      if (ofFailures) chances[at] = pValue;
      else adjusted[at] = pValue;
    }
  }
  return drafts.map((draft, i) => comparisonOf(draft, adjusted[i]!, chances[i]!, tested[i] ? levels[i]! : 0.05));
}

interface Family {
  readonly tests: readonly { readonly at: number; readonly ofFailures: boolean; readonly weight: number }[];
  /** Of the 5 %, 0–1. */
  readonly share: number;
}

/**
 * At which level each series is tested at first, by its weight; NaN for those that are not tested.
 *
 * @param exact those of which failures are tested, too
 */
export function sharedOut(
  series: readonly RunSeries[],
  tested: readonly boolean[],
  exact: readonly boolean[] = [],
): { readonly levels: number[]; readonly families: readonly Family[] } {
  const families = (['blocks', 'run'] as const)
    .map((basis) => {
      const of = (made: readonly boolean[]) => series.flatMap((one, i) => (made[i] && one.basis === basis ? [i] : []));
      const endpoints = new Set(of(tested).map((i) => series[i]!.labels.endpoint)).size;
      const tests = [
        ...of(tested).map((at) => ({ at, ofFailures: false, weight: weightOf(series[at]!, endpoints) })),
        ...of(exact).map((at) => ({ at, ofFailures: true, weight: WEIGHT_OF_FAILURES })),
      ];
      return { tests, basis };
    })
    .filter(({ tests }) => tests.length > 0)
    .map(({ tests, basis }, _, all): Family => {
      const ofBlocks = basis === 'blocks';
      return { tests, share: all.length < 2 ? 1 : ofBlocks ? SHARE_OF_BLOCKS : 1 - SHARE_OF_BLOCKS };
    });
  const levels = series.map(() => Number.NaN);
  for (const { tests, share } of families) {
    const all = tests.reduce((sum, { weight }) => sum + weight, 0);
    for (const { at, ofFailures, weight } of tests) if (!ofFailures) levels[at] = (0.05 * share * weight) / all;
  }
  return { levels, families };
}

/** Of what has one value a run, what a request cost is what a change of the service shows in; the host's gauges are many. */
const WEIGHT_OF_COST = 20;

/** The mean over all endpoints has as much as all their medians together: it is what tells that everything got slower. */
function weightOf({ indicator, basis, labels }: RunSeries, endpoints: number): number {
  if (basis !== 'blocks') return indicator.startsWith('cost.') ? WEIGHT_OF_COST : 1;
  if (indicator.startsWith('load.response.') && labels.endpoint === undefined) return WEIGHTS[0]![1] * endpoints;
  return WEIGHTS.find(([begins]) => indicator.startsWith(begins))?.[1] ?? 1;
}

/**
 * @param chance of the growth of failures; NaN where none were tested
 * @param level at which it would be found if it were the first of its family: what the minimum detectable effect is for
 */
function comparisonOf(draft: Draft, pValue: number | null, chance: number, level: number): IndicatorComparison {
  const { a, b, scale, contrast, failures } = draft;
  const [before, after] = failures ? [failures.before, failures.after] : [median(a.values), median(b.values)];
  const estimate = contrast?.estimate ?? scale.to(after) - scale.to(before);
  const about = {
    indicator: a.indicator,
    labels: a.labels,
    target: a.target,
    unit: a.unit,
    direction: a.direction,
    a: before,
    b: after,
    blocks: { a: a.values.length, b: b.values.length },
    spread: draft.spread,
    noiseFloor: contrast && bounded(scale.relative(contrast.noiseFloor)),
    // Where nothing varies, a relative change of next to nothing has no meaning.
    minimumDetectable: contrast?.random
      ? bounded(scale.relative(Math.max(contrast.minimumDetectable(level), contrast.noiseFloor, scale.band)))
      : null,
  };
  if (failures?.grew && chance < 0.05) {
    const floor = ABSOLUTE_FLOOR[a.unit];
    const ratio = bounded((failures.after + floor) / (failures.before + floor));
    // Of all requests: the blocks' middles, and with them their interval, say nothing of it.
    return { ...about, ratio, interval: null, pValue: chance, verdict: 'worse' };
  }
  return {
    ...about,
    ratio: bounded(scale.ratio(estimate)),
    interval: contrast && [bounded(scale.ratio(contrast.interval[0])), bounded(scale.ratio(contrast.interval[1]))],
    pValue,
    verdict: verdictOf(draft, pValue),
  };
}

function verdictOf({ a, b, scale, contrast, failures }: Draft, pValue: number | null): RunVerdict {
  if (contrast === null) return 'inconclusive';
  const { estimate, interval, noiseFloor } = contrast;
  if (!failures?.grew && interval[0] >= -scale.band && interval[1] <= scale.band) return 'same';
  if (a.direction === 'neutral' || pValue === null || !(pValue < 0.05)) return 'inconclusive';
  const apart = Math.abs(median(b.values) - median(a.values)) > ABSOLUTE_FLOOR[a.unit];
  const outside = interval[0] > 0 || interval[1] < 0;
  if (!apart || !outside || Math.abs(estimate) <= Math.max(scale.band, noiseFloor)) return 'inconclusive';
  const worse = estimate > 0 === (a.direction === 'lower-is-better');
  const space = a.unit === 'By' && a.basis === 'run' && !a.indicator.startsWith('cost.');
  if (space && worse && scale.ratio(estimate) <= MOST_GROWTH) return 'inconclusive';
  return worse ? 'worse' : 'better';
}

const ORDER: readonly RunVerdict[] = ['worse', 'better', 'inconclusive', 'same'];

function byWorth(one: IndicatorComparison, other: IndicatorComparison): number {
  const known = ({ spread }: IndicatorComparison) => (spread === 'unknown' ? 1 : 0);
  return (
    ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict) ||
    known(one) - known(other) ||
    changeOf(other) - changeOf(one)
  );
}

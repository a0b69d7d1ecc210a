import { type Comparison, type ComparisonVerdict, FEWEST_BLOCKS } from '../model/change.ts';
import { median } from '../stats/quantile.ts';
import type { Random } from '../stats/random.ts';
import { type Contrast, pairedContrast, sequentialContrast } from './contrast.ts';
import { type FailedShares, failureGrowth } from './failures.ts';
import { noiseFloor } from './noise-floor.ts';
import { ABSOLUTE_FLOOR, bounded, type Scale, scaleOf } from './scale.ts';
import type { Point, Series } from './series.ts';

/**
 * Space is what a good change may cost (an index makes the file larger): as a guard, a size regresses only when it more than
 * doubles. Where it is what the change is for, the usual tolerance holds. [judgement]
 */
const MOST_GROWTH = 2;

/**
 * Seconds below which a guard is not harmed: a statement of 50 µs, timed alone, moves by half with what the processor's caches
 * hold, and with who else is on the machine. What the change is for may be as small as it likes. [judgement]
 */
const LEAST_HARM = 1e-4;

export interface Settings {
  readonly design: 'repeated' | 'interleaved';
  readonly blocksBefore: number;
  /** Most indicators drift one way: allow for it in all. Of the repeated design only. */
  readonly commonDrift: boolean;
  /** Relative change below which two states are the same, 0–1. */
  readonly tolerance: number;
}

/** A comparison before the correction for many of them, with what the verdict needs. */
export interface Draft {
  readonly comparison: Omit<Comparison, 'verdict'>;
  /** A size that grew beyond the tolerance, but not so much that it is a verdict. */
  readonly costsSpace: boolean;
  /** More requests failed than before, by more than `verdict` may put down to noise: nothing is kept at this price. */
  readonly failsMore: boolean;
  /** Whether there is noise to correct for; false when every block of an arm gave the same value. */
  readonly random: boolean;
  /** The blocks drifted while nothing was changed: 1 for the worse (neutral ones: up), −1 the other way, 0 not. */
  readonly drift: -1 | 0 | 1;
  /** Chance of the growth of failures (failures.ts), of this comparison alone; NaN where none were tested. */
  readonly failureChance: number;
  /** Given the corrected p-value, and the corrected chance of the growth of failures (NaN: not tested). */
  verdict(pValue: number, chance: number): ComparisonVerdict;
}

/** Compares one indicator; null when an arm (or the pairs) has fewer than FEWEST_BLOCKS blocks with a value. */
export function compareSeries(series: Series, affected: boolean, settings: Settings, random: Random): Draft | null {
  const [before, after] = settings.design === 'interleaved' ? paired(series) : [series.before, series.after];
  if (before.length < FEWEST_BLOCKS || after.length < FEWEST_BLOCKS) return null;
  const a = before.map(({ value }) => value);
  const b = after.map(({ value }) => value);
  const floor = ABSOLUTE_FLOOR[series.unit];
  const level = median(a);
  const scale = scaleOf([...a, ...b], level, series.unit, settings.tolerance);
  const constant = a.every((value) => value === a[0]) && b.every((value) => value === b[0]);
  const contrast = constant
    ? exact(scale.to(b[0]!) - scale.to(a[0]!))
    : contrastOf(scaled(before, scale), scaled(after, scale), settings);
  const arms = { before: a.length, after: b.length };
  const noise = constant ? 0 : noiseFloor(a.map(scale.to), arms, settings.design, random);
  const least = Math.max(scale.band, noise);
  const step = series.unit === 's' && !affected && contrast.estimate > 0 ? LEAST_HARM : floor;
  const differs =
    Math.abs(contrast.estimate) > least && Math.abs(median(b) - level) > step && !contains(contrast.interval, 0);
  const better = contrast.estimate < 0 ? 'lower-is-better' : 'higher-is-better';
  const costsSpace =
    series.unit === 'By' &&
    !affected &&
    differs &&
    series.direction === 'lower-is-better' &&
    contrast.estimate > 0 &&
    scale.ratio(contrast.estimate) <= MOST_GROWTH;

  const failures = series.countsFailures ? failureGrowth(failedOf(series.before), failedOf(series.after)) : null;
  const verdict = (pValue: number, chance: number): ComparisonVerdict => {
    if (failures?.grew && chance < 0.05) return 'regressed';
    const [low, high] = contrast.interval;
    if (!failures?.grew && low >= -scale.band && high <= scale.band) return 'unchanged';
    if (series.direction === 'neutral' || costsSpace || !differs || !(pValue < 0.05)) return 'inconclusive';
    return series.direction === better ? 'improved' : 'regressed';
  };
  return {
    random: !constant,
    failsMore: failures?.grew ?? false,
    failureChance: failures?.pValue ?? Number.NaN,
    costsSpace,
    drift: series.direction === 'higher-is-better' ? flipped(contrast.drift) : contrast.drift,
    verdict,
    comparison: {
      indicator: series.indicator,
      labels: series.labels,
      target: series.target,
      unit: series.unit,
      direction: series.direction,
      affected,
      before: level,
      after: median(b),
      ratio: bounded(scale.ratio(contrast.estimate)),
      interval: [bounded(scale.ratio(contrast.interval[0])), bounded(scale.ratio(contrast.interval[1]))],
      pValue: contrast.pValue,
      blocks: arms,
      noiseFloor: bounded(scale.relative(noise)),
      minimumDetectable: bounded(scale.relative(Math.max(contrast.minimumDetectable, least))),
    },
  };
}

function failedOf(points: readonly Point[]): FailedShares {
  const counts = points.flatMap(({ requests }) => requests ?? []);
  return {
    shares: points.map(({ value }) => value),
    requests: counts.length === points.length ? counts : undefined,
  };
}

function contrastOf(before: readonly Point[], after: readonly Point[], settings: Settings): Contrast {
  return settings.design === 'interleaved'
    ? pairedContrast(before, after)
    : sequentialContrast(before, after, settings);
}

function flipped(drift: Contrast['drift']): Contrast['drift'] {
  return drift === 1 ? -1 : drift === -1 ? 1 : 0;
}

/** No noise (a file's size, a setting): what is seen is what is. */
function exact(difference: number): Contrast {
  return {
    estimate: difference,
    interval: [difference, difference],
    pValue: difference === 0 ? 1 : 0,
    minimumDetectable: 0,
    drift: 0,
  };
}

function paired({ before, after }: Series): [readonly Point[], readonly Point[]] {
  const [left, right] = [new Set(before.map(({ block }) => block)), new Set(after.map(({ block }) => block))];
  return [before.filter(({ block }) => right.has(block)), after.filter(({ block }) => left.has(block))];
}

function scaled(points: readonly Point[], scale: Scale): Point[] {
  return points.map(({ block, value }) => ({ block, value: scale.to(value) }));
}

function contains([low, high]: readonly [number, number], value: number): boolean {
  return low <= value && value <= high;
}

import { type Comparison, type ComparisonVerdict, FEWEST_BLOCKS } from '../model/change.ts';
import type { Unit } from '../model/indicator.ts';
import { mean, median } from '../stats/quantile.ts';
import type { Random } from '../stats/random.ts';
import { type Contrast, pairedContrast, sequentialContrast } from './contrast.ts';
import { noiseFloor } from './noise-floor.ts';
import type { Point, Series } from './series.ts';

/**
 * Differences that nobody can care about, in the indicator's unit; never a verdict, however sure they are. They also carry
 * indicators at or near zero, where a ratio means nothing: there differences are compared instead.
 * Ratios: one request, percent or pressure in a thousand. Durations: a microsecond, about what a clock read and a
 * socket call cost. Bytes and counts: half of one, so only a true difference. [judgement]
 */
const ABSOLUTE_FLOOR: Readonly<Record<Unit, number>> = {
  '1': 0.001,
  s: 1e-6,
  By: 0.5,
  '{count}': 0.5,
  '1/s': 0.001,
  'By/s': 0.5,
};

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
  /** Given the corrected p-value. */
  verdict(pValue: number): ComparisonVerdict;
}

/** Compares one indicator; null when an arm (or the pairs) has fewer than FEWEST_BLOCKS blocks with a value. */
export function compareSeries(series: Series, affected: boolean, settings: Settings, random: Random): Draft | null {
  const [before, after] = settings.design === 'interleaved' ? paired(series) : [series.before, series.after];
  if (before.length < FEWEST_BLOCKS || after.length < FEWEST_BLOCKS) return null;
  const a = before.map(({ value }) => value);
  const b = after.map(({ value }) => value);
  const floor = ABSOLUTE_FLOOR[series.unit];
  const every = [...a, ...b];
  // Logarithms need values above zero; where all are below the floor, a ratio of them would be about nothing.
  const logarithmic = every.every((value) => value > 0) && every.some((value) => value > floor);
  const level = median(a);
  const scale: Scale = logarithmic
    ? { to: Math.log, ratio: Math.exp, relative: Math.expm1, band: Math.log1p(settings.tolerance) }
    : {
        to: (value) => value,
        ratio: (difference) => (level + difference + floor) / (level + floor),
        relative: (difference) => Math.abs(difference) / (Math.abs(level) + floor),
        band: Math.max(floor, settings.tolerance * Math.abs(level)),
      };
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

  const failures = series.countsFailures ? failureGrowth(a, b) : 'none';
  const verdict = (pValue: number): ComparisonVerdict => {
    if (failures === 'appeared') return 'regressed';
    const [low, high] = contrast.interval;
    if (failures === 'none' && low >= -scale.band && high <= scale.band) return 'unchanged';
    if (series.direction === 'neutral' || costsSpace || !differs || !(pValue < 0.05)) return 'inconclusive';
    return series.direction === better ? 'improved' : 'regressed';
  };
  return {
    random: !constant,
    failsMore: failures !== 'none',
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

interface Scale {
  to(value: number): number;
  /** A difference on this scale as after/before. */
  ratio(difference: number): number;
  /** A difference on this scale as a relative change. */
  relative(difference: number): number;
  /** Half-width, on this scale, of what counts as the same. */
  readonly band: number;
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

/**
 * Failures come in bursts, so the middle of the blocks says little about them: their mean counts. A service that failed at most
 * once in a thousand requests and now fails more than once in a thousand more, got worse: `appeared`, no test has to agree.
 * Where requests failed before, a test decides (blocks differ by chance); one that cannot tell is no excuse for a mean that
 * grew by more than half: `grew`. [judgement]
 */
function failureGrowth(before: readonly number[], after: readonly number[]): 'none' | 'grew' | 'appeared' {
  const [was, is] = [mean(before), mean(after)];
  const floor = ABSOLUTE_FLOOR['1'];
  if (is <= was + floor) return 'none';
  if (was <= floor) return 'appeared';
  return is > 1.5 * was ? 'grew' : 'none';
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

/** Ratios stay finite in JSON: a billionfold is as good as endless. */
function bounded(ratio: number): number {
  return Math.min(1e9, Math.max(0, ratio));
}

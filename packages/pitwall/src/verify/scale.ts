import type { Unit } from '../model/indicator.ts';

/**
 * Differences that nobody can care about, in the indicator's unit; never a verdict, however sure they are. They also carry
 * indicators at or near zero, where a ratio means nothing: there differences are compared instead.
 * Ratios: one request, percent or pressure in a thousand. Durations: a microsecond, about what a clock read and a
 * socket call cost. Bytes and counts: half of one, so only a true difference. [judgement]
 */
export const ABSOLUTE_FLOOR: Readonly<Record<Unit, number>> = {
  '1': 0.001,
  s: 1e-6,
  By: 0.5,
  '{count}': 0.5,
  '1/s': 0.001,
  'By/s': 0.5,
};

/** Where values are compared: as logarithms, so that differences are ratios, or as they are, where a ratio means nothing. */
export interface Scale {
  to(value: number): number;
  /** A difference on this scale as after/before. */
  ratio(difference: number): number;
  /** A difference on this scale as a relative change. */
  relative(difference: number): number;
  /** Half-width, on this scale, of what counts as the same. */
  readonly band: number;
}

/**
 * Logarithms need values above zero; where all are below the floor, a ratio of them would be about nothing.
 *
 * @param every all values that are to be compared
 * @param level the middle of the ones that are compared with
 * @param tolerance relative change below which two states are the same, 0–1
 */
export function scaleOf(every: readonly number[], level: number, unit: Unit, tolerance: number): Scale {
  const floor = ABSOLUTE_FLOOR[unit];
  if (every.every((value) => value > 0) && every.some((value) => value > floor)) {
    return { to: Math.log, ratio: Math.exp, relative: Math.expm1, band: Math.log1p(tolerance) };
  }
  return {
    to: (value) => value,
    ratio: (difference) => (level + difference + floor) / (level + floor),
    relative: (difference) => Math.abs(difference) / (Math.abs(level) + floor),
    band: Math.max(floor, tolerance * Math.abs(level)),
  };
}

/** Ratios stay finite in JSON: a billionfold is as good as endless. */
export function bounded(ratio: number): number {
  return Math.min(1e9, Math.max(0, ratio));
}

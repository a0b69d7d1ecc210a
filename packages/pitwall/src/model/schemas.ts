import { z } from 'zod';
import { parseDuration, parseRatio, parseSize } from './units.ts';

/**
 * Zod schemas for values with a unit, used by the configuration and by integrations' `options`. All accept a number (in
 * SI: seconds, bytes, ratio) or text with a unit, and give a number. Defaults are given in SI: `durationSchema.default(10)`.
 */
function quantity(expected: string, parse: (text: string) => number | null) {
  const message = `expected ${expected}`;
  return z.union([z.number(), z.string()], { error: message }).transform((value, context): number => {
    const parsed = typeof value === 'number' ? value : parse(value);
    if (parsed !== null && parsed >= 0) return parsed;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** → seconds, ≥ 0. */
export const durationSchema = quantity('a duration such as 500ms or 2s', parseDuration);

/** → bytes, ≥ 0. */
export const sizeSchema = quantity('a size such as 64MiB or 10kB', parseSize);

/** → ratio, ≥ 0, not limited to 1. */
export const ratioSchema = quantity('a ratio such as 80% or 0.8', parseRatio);

import { z } from 'zod';
import type { ThinkTime } from '../../model/scenario.ts';
import { seconds } from './parts.ts';

const pause = seconds(0, 3600, 'of at most 1h');

/** `1s`, or one of `{ constant: 1s }`, `{ uniform: [1s, 3s] }`, `{ exponential: 2s }`, `{ lognormal: { mean: 2s, sigma: 0.5 } }`. */
export const thinkTime = z
  .union([
    pause,
    z.strictObject({
      constant: pause.optional().describe('Always as long as this.'),
      uniform: z
        .tuple([pause, pause])
        .refine(([min, max]) => min <= max, { error: 'expected the shorter pause first' })
        .optional()
        .describe('From the first to the second, all equally likely.'),
      exponential: pause.optional().describe('The mean; short pauses are common, long ones happen.'),
      lognormal: z
        .strictObject({
          mean: pause.describe('Of the pauses.'),
          // At 3 the 99th percentile is a thousand times the median.
          sigma: z.number().min(0).max(3).describe('Of their logarithm: 0.5 is a moderate spread.'),
        })
        .optional()
        .describe('What people take: seldom short, sometimes very long.'),
    }),
  ])
  .transform((value, context): ThinkTime => {
    // An unknown key was reported already.
    if (context.issues.length > 0) return z.NEVER;
    if (typeof value === 'number') return { distribution: 'constant', mean: value };
    const { constant, uniform, exponential, lognormal } = value;
    const given: ThinkTime[] = [];
    if (constant !== undefined) given.push({ distribution: 'constant', mean: constant });
    if (uniform !== undefined) given.push({ distribution: 'uniform', min: uniform[0], max: uniform[1] });
    if (exponential !== undefined) given.push({ distribution: 'exponential', mean: exponential });
    if (lognormal !== undefined) given.push({ distribution: 'lognormal', ...lognormal });
    if (given.length === 1) return given[0]!;
    const message = 'expected a duration, or one of constant, uniform, exponential and lognormal';
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });

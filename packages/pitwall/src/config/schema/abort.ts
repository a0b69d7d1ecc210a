import { z } from 'zod';
import type { AbortRules } from '../../model/scenario.ts';
import { ratioSchema } from '../../model/schemas.ts';
import { seconds } from './parts.ts';

export const abort = z
  .strictObject({
    errors: ratioSchema
      .refine((value) => value > 0 && value < 1, { error: 'expected a ratio above 0 and below 100%' })
      .optional()
      .describe('Share of the requests that fail.'),
    p99: seconds(0.001, 600, 'from 1ms to 10m').optional().describe('99th percentile of the response time.'),
    over: seconds(1, 3600, 'from 1s to 1h').default(10).describe('How long it has to last.'),
    danger: z
      .boolean()
      .default(true)
      .describe('Also when this host is about to run out of memory or its disks cannot follow.'),
  })
  .transform(
    ({ errors, p99, over, danger }): AbortRules => ({ errorRatio: errors ?? null, p99: p99 ?? null, over, danger }),
  )
  .refine(({ errorRatio, p99, danger }) => errorRatio !== null || p99 !== null || danger, {
    error: 'it would never end a run: give errors, p99 or danger: true',
  });

import { z } from 'zod';

/** What all parts of the Report say of an indicator. */

export const labels = z.record(z.string(), z.string()).meta({ id: 'labels' });
export const unit = z.enum(['s', 'By', '1', '{count}', '1/s', 'By/s']).meta({ id: 'unit' });
export const direction = z.enum(['lower-is-better', 'higher-is-better', 'neutral']);

export const indicator = z.object({
  target: z.string(),
  name: z.string(),
  labels,
  unit,
  direction,
  countsFailures: z.literal(true).exactOptional(),
  value: z.number().nullable(),
  count: z.number(),
  because: z.string().exactOptional(),
});

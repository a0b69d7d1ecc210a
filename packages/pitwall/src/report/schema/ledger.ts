import { z } from 'zod';
import type { LoadLedger } from '../../model/ledger.ts';
import { labels } from './indicator.ts';

/** The part of the Report that says what a request cost the targets. */

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const count = z.number();
const seconds = z.number().describe('Seconds');
/** NaN is written as null. */
const known = z
  .number()
  .nullish()
  .transform((value) => value ?? Number.NaN)
  .describe('null: not known');

const counted = {
  target: z.string(),
  name: z.string(),
  labels,
  unit: z.enum(['s', 'By', '{count}']),
  perRequest: z.number(),
};

const row = z.object({
  ...counted,
  title: z.string(),
  total: z.number(),
  uncertainty: z.number().describe('How far off total and perRequest may be, as a ratio'),
});

const share = z.object({ ...counted, interval: z.tuple([z.number(), z.number()]).readonly().describe('95 %') });

const step = z.object({
  step: z.string(),
  requests: count,
  bytes: z.number(),
  server: seconds.nullable(),
  database: seconds.nullable(),
  shares: list(share),
});

const truth = z.object({
  step: z.string(),
  source: z.enum(['access-log', 'server-timing']),
  client: count,
  server: count,
  clientMean: known,
  serverMean: known,
  between: z.object({ mean: known, p50: known, p99: known }),
  resolution: seconds,
});

export const ledger = z
  .object({
    requests: count,
    rows: list(row),
    steps: list(step),
    notToldApart: z.string().nullable(),
    serverTruth: list(truth),
    truthOverTime: list(z.object({ at: seconds, client: seconds, server: seconds })),
    notes: list(z.string()),
  })
  .meta({
    id: 'ledger',
    description: 'What one request cost the targets, and what the service says it took',
  }) satisfies z.ZodType<LoadLedger>;

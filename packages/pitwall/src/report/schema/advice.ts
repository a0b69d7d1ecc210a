import { z } from 'zod';
import { labels } from './indicator.ts';

/** What advice rests on, what it predicts, what came of it. */

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ratio = { ratio: z.number(), interval: z.tuple([z.number(), z.number()]).readonly() };

export const selector = z.object({ indicator: z.string(), labels: labels.exactOptional() });

const prediction = {
  statement: z.string(),
  text: z.string().describe('Without values'),
  planner: z.number().nullable().describe('Cost, after ÷ before'),
  copy: z.object(ratio).nullable().describe('Time on a copy, after ÷ before'),
  measuredBy: list(selector),
};

export const predicted = z.object(prediction);

export const proved = z
  .object({
    ...prediction,
    inPlace: z.object({ ...ratio, before: z.number(), after: z.number(), blocks: z.number() }).nullable(),
    signRight: z.boolean().nullable(),
  })
  .meta({ id: 'provedEffect', description: 'What was predicted for a statement, and what was measured in place' });

export const basis = z
  .object({
    statements: list(
      z.object({
        statement: z.string(),
        text: z.string(),
        helped: z.boolean(),
        share: z.number().nullable(),
        load: z.number().nullable(),
      }),
    ),
    sizes: list(z.object({ what: z.string(), value: z.number() })),
    version: z.string().nullable(),
  })
  .meta({ id: 'basis', description: 'What advice rests on: by it is told later whether anything has changed' });

export const past = z
  .object({
    at: z.string().describe('ISO 8601'),
    decision: z.enum(['kept', 'rolled-back', 'conflict', 'dismissed']),
    text: z.string(),
    newEvidence: list(z.string()).describe('Why it is proposed again; empty: nothing has changed'),
  })
  .meta({ id: 'pastAdvice', description: 'What was done about the same advice before' });

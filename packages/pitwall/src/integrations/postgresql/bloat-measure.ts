import { z } from 'zod';
import type { ConfirmRequest, RuleView } from '../../model/rule.ts';
import { factsOf } from './facts/define.ts';
import type { BloatFact, MeasuredBloatFact } from './facts/schema.ts';

/** The confirmation that rules ask for. */
export const MEASURE_PROBE = 'postgresql/measure-bloat';

export const measureInput = z.strictObject({
  schema: z.string().min(1).max(63),
  name: z.string().min(1).max(63),
  of: z.enum(['table', 'index']),
});

const keyOf = (name: string): string => `bloat:${name}`;

/** @param name key of the table's or index's fact */
export function measureRequest(name: string, { schema, name: relation, of }: BloatFact): ConfirmRequest {
  return { probe: MEASURE_PROBE, key: keyOf(name), input: { schema, name: relation, of } };
}

/** What measuring gave, null when it was not measured (yet). */
export function measuredBloat(view: RuleView, name: string): MeasuredBloatFact | null {
  return factsOf(view, 'postgresql.bloat-measured').get(keyOf(name)) ?? null;
}

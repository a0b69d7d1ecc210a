import { z } from 'zod';
import type { ConfirmRequest } from '../../../model/rule.ts';

/** What the rule and the confirmation have agreed on. */
export const ADVICE_PROBE = 'postgresql/index-advice';

export const adviceInput = z.strictObject({
  /** Bytes; null: a quarter of the tables'. */
  budget: z.number().positive().nullable(),
  measure: z.boolean(),
  seed: z.int(),
});

/** One question a target: indexes are chosen for all statements together. */
export function adviceRequest(): ConfirmRequest {
  return { probe: ADVICE_PROBE, key: 'workload', input: { budget: null, measure: true, seed: 1 } };
}

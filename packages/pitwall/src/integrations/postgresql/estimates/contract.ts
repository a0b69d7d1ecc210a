import { z } from 'zod';
import type { ConfirmRequest } from '../../../model/rule.ts';

/** What the rules and the confirmations have agreed on. */
export const RUN_PLANS_PROBE = 'postgresql/run-plans';
export const COLUMN_PAIRS_PROBE = 'postgresql/column-pairs';

/** Statements of the workload by their ids, the most important first. */
export const statementsInput = z.strictObject({ statements: z.array(z.string().min(1).max(300)).max(100) });

/** One question a target: which statements are asked about is no part of it. */
export function runPlansRequest(statements: readonly string[]): ConfirmRequest {
  return { probe: RUN_PLANS_PROBE, key: 'plans-run', input: { statements: [...statements] } };
}

export function columnPairsRequest(statements: readonly string[]): ConfirmRequest {
  return { probe: COLUMN_PAIRS_PROBE, key: 'column-pairs', input: { statements: [...statements] } };
}

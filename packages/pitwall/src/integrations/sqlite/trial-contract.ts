import { z } from 'zod';
import type { Json } from '../../model/json.ts';
import type { Fact } from '../../model/observation.ts';
import type { ConfirmRequest, RuleView } from '../../model/rule.ts';
import { parameterSets } from './options.ts';

/** The confirmation that rules ask for, and the fact it answers with. */
export const TRIAL_PROBE = 'sqlite/trial-on-copy';
const TRIAL_FACT = 'sqlite.copy-trial';

const column = z.strictObject({
  name: z.string().min(1).max(500),
  desc: z.boolean().optional(),
  collate: z.string().min(1).max(100).optional(),
});

const variant = z.union([
  z.strictObject({
    name: z.string().min(1).max(200),
    index: z.strictObject({ table: z.string().min(1).max(500), columns: z.array(column).min(1).max(32) }),
  }),
  z.strictObject({ name: z.string().min(1).max(200), analyzeLimit: z.number().int().min(0) }),
  z.strictObject({ name: z.string().min(1).max(200), dropIndex: z.literal(true) }),
]);

/** Each variant is tried alone, in this order, until the time is up. */
export const trialInput = z
  .strictObject({
    variants: z.array(variant).min(1).max(50),
    queries: z
      .array(z.strictObject({ query: z.string().max(300), sql: z.string().min(1), params: parameterSets }))
      .max(200),
    /** Ids of statements of the workload as it was read last over the connection: the values of its calls are in memory only. */
    statements: z.array(z.string().min(1).max(100)).max(200).default([]),
  })
  .refine(({ queries, statements }) => queries.length + statements.length > 0, 'nothing is tried');

export type TrialInput = z.input<typeof trialInput>;
export type TrialQuery = z.output<typeof trialInput>['queries'][number];
export type Variant = TrialInput['variants'][number];

export type QueryTrial = {
  /** Name of the query, or id of the statement: then there may be several, for calls that differ in their texts. */
  readonly query: string;
  /** False: the planner does the same as without it, so nothing was timed. */
  readonly planChanged: boolean;
  /**
   * Median seconds of a run on the unchanged and on the changed copy; null when nothing was timed. A run without an answer
   * counts as the time limit.
   */
  readonly before: number | null;
  readonly after: number | null;
  /** after ÷ before of paired, alternating runs: Hodges–Lehmann centre, with its 95 % interval. */
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
  readonly rounds: number;
  readonly planBefore: string;
  readonly planAfter: string;
};

export type VariantTrial = {
  readonly name: string;
  /** Why there are no results, null when there are. */
  readonly failed: string | null;
  readonly buildSeconds: number;
  readonly indexBytes: number | null;
  /** Statements that were asked about and are not among them could not be tried. */
  readonly queries: readonly QueryTrial[];
};

export type CopyTrial = {
  readonly variants: readonly VariantTrial[];
};

export function trialFact(key: string, value: CopyTrial): Fact {
  return { kind: TRIAL_FACT, key, value: value as unknown as Json };
}

export function trialRequest(key: string, input: TrialInput): ConfirmRequest {
  return { probe: TRIAL_PROBE, key, input: input as unknown as Json };
}

/** The answer to a request, null when it has not been tried (yet). */
export function trialAnswer(view: RuleView, key: string): CopyTrial | null {
  const found = view.facts(TRIAL_FACT).find((entry) => entry.key === key);
  return found ? (found.value as unknown as CopyTrial) : null;
}

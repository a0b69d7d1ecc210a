import type { Basis } from '../../../model/change.ts';

/** Answers of the index advisor. */
export interface AdviceFacts {
  /** Key: that of the request. Indexes for the workload, as the planner sees them and, where there is a copy, as measured. */
  'postgresql.index-advice': IndexAdviceFact;
}

export type IndexAdviceFact = {
  readonly proposals: readonly IndexProposalFact[];
  /** How the planner was asked, and why nothing was measured where that was wanted. */
  readonly whatIf: string;
  readonly nothingToDo: string | null;
  readonly rejected: number;
  readonly notConsidered: number;
  /** What asking cost the database: statements, and seconds waited for them. */
  readonly cost: { readonly statements: number; readonly seconds: number };
};

/** Indexes to create; those to drop are found by rules of their own. */
export type IndexProposalFact = {
  /** `schema.table`, and `schema.index`. */
  readonly table: string;
  readonly subject: string;
  readonly definition: string;
  readonly ddl: string;
  readonly lock: string;
  /** As measured, else estimated. */
  readonly bytes: number | null;
  readonly buildSeconds: number | null;
  /** In the workload's window; null: nothing was timed. */
  readonly savedSeconds: number | null;
  readonly because: string;
  /** Definition as the tunable takes it. */
  readonly to: unknown;
  readonly statements: readonly EffectFact[];
  readonly writes: readonly EffectFact[];
  readonly basis: Basis | null;
};

export type EffectFact = {
  readonly statement: string;
  /** Without values; cut. Hostile. */
  readonly text: string;
  readonly calls: number;
  /** Planner's cost after ÷ before; null: not known. */
  readonly planner: number | null;
  /** Time after ÷ before on a copy, with its 95 % interval; null: not measured. */
  readonly measured: {
    readonly ratio: number;
    readonly low: number;
    readonly high: number;
    readonly rounds: number;
    /** It was given up without the index: the gain may be larger. */
    readonly atLeast?: true;
  } | null;
};

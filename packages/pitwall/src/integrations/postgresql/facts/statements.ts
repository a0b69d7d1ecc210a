/** What the statements of the workload cost and how they are planned. Without parameter values. */
export interface StatementFacts {
  /** Key ''. Where the workload comes from, and how far it can be believed. */
  'postgresql.workload': WorkloadFact;
  /** Key: the fingerprint. The most expensive ones, each way; totals are in `postgresql.workload`. */
  'postgresql.statement': StatementFact;
  /** Key: fingerprint and endpoint. */
  'postgresql.loop': LoopFact;
  /** Key: the fingerprint. Plans that auto_explain logged. */
  'postgresql.plan': PlanFact;
}

export type WorkloadFact = {
  /** Seconds that the counts cover; null: not known. */
  readonly window: number | null;
  readonly statements: number;
  /** Of all statements; bytes where it is no time. Null: nothing counts them. */
  readonly calls: number;
  readonly seconds: number | null;
  readonly read: number | null;
  readonly tempWritten: number | null;
  readonly sources: readonly {
    readonly id: string;
    readonly title: string;
    readonly calls: number;
    readonly missing: readonly string[];
  }[];
  /** Why pg_stat_statements says nothing; null: it does. */
  readonly noStatistics: 'not installed' | 'not loaded' | 'too old' | 'not readable' | null;
  /** How often entries were evicted in the window; null: not told. */
  readonly evictions: number | null;
  /** pg_stat_statements.max. */
  readonly most: number | null;
  /** Not understood: how many, and their seconds. */
  readonly notUnderstood: { readonly statements: number; readonly seconds: number };
};

export type StatementFact = {
  /** Without values; cut. Hostile. */
  readonly text: string;
  readonly kind: string;
  readonly tables: readonly string[];
  readonly calls: number;
  readonly seconds: number | null;
  readonly maxSeconds: number | null;
  readonly rows: number | null;
  /** Bytes. */
  readonly read: number | null;
  readonly cacheHit: number | null;
  readonly tempWritten: number | null;
  readonly callers: readonly { readonly endpoint: string; readonly calls: number }[];
  readonly sources: readonly string[];
  /** Real calls of it that can be tried. */
  readonly samples: number;
  /** Sessions at it on average while they were watched, and what they waited for; null: not seen. */
  readonly activity: {
    readonly sessions: number;
    readonly waits: readonly { readonly event: string; readonly share: number }[];
  } | null;
  readonly notUnderstood: string | null;
};

export type LoopFact = {
  readonly statement: string;
  readonly text: string;
  readonly endpoint: string | null;
  readonly proof: 'proven' | 'hint';
  readonly requests: number;
  readonly callsPerRequest: number;
  readonly secondsPerRequest: number | null;
};

export type PlanFact = {
  readonly text: string;
  readonly shapes: readonly {
    readonly shape: string;
    readonly text: string;
    readonly calls: number;
    /** Seconds. */
    readonly median: number;
    readonly max: number;
    /** Epoch seconds. */
    readonly first: number | null;
    readonly last: number | null;
    readonly marks: readonly {
      readonly kind: string;
      readonly sentence: string;
      readonly relation: string | null;
      readonly amount: number;
    }[];
    readonly indexes: readonly string[];
  }[];
};

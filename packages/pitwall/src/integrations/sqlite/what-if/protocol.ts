/** What the query process is asked about a clone of the schema, and about a sample of the rows: see `clone-worker.ts`. */

export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  /** Hostile: the text of the file's own schema. */
  readonly sql: string;
}

/** A row of sqlite_stat1. */
export interface StatisticRow {
  readonly table: string;
  /** Null: of the table itself. */
  readonly index: string | null;
  readonly stat: string;
}

export interface SampleTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** A name by which the rowid can be read; null: WITHOUT ROWID. */
  readonly rowid: string | null;
  readonly rows: number;
}

/** Terms of an index as SQL, in order, whose groups are to be counted. */
export interface KeyQuestion {
  readonly key: string;
  readonly table: string;
  readonly terms: readonly string[];
  readonly where: string | null;
}

export interface KeyAnswer {
  /** Share of the rows that the index holds: 1 unless it is partial. */
  readonly share: number;
  /** Rows that have equal values in the first 1, 2 … terms, on average. */
  readonly averages: readonly number[];
  /** Bytes of an entry's values. */
  readonly width: number;
}

export interface ColumnSample {
  readonly table: string;
  readonly column: string;
  /** Bytes of a value on average, as SQLite stores it. */
  readonly width: number;
  readonly distinct: number;
  readonly nullShare: number;
}

export interface PlanRowWithCost {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
  /** LogEst (10 · log₂) of one run of a loop; 0 where the engine tells none. */
  readonly cost: number;
}

export type WhatIfAsk =
  | { readonly step: 'open'; readonly objects: readonly SchemaObject[]; readonly statistics: readonly StatisticRow[] }
  | {
      readonly step: 'sample';
      readonly database: string;
      readonly tables: readonly SampleTable[];
      readonly mostRows: number;
      /** For each table. */
      readonly seconds: number;
      readonly seed: number;
    }
  | { readonly step: 'keys'; readonly questions: readonly KeyQuestion[] }
  | {
      readonly step: 'estimate';
      readonly indexes: readonly { readonly name: string; readonly sql: string; readonly statistic: StatisticRow }[];
      readonly statements: readonly { readonly id: string; readonly sql: string }[];
    };

export type WhatIfTold =
  | {
      readonly step: 'open';
      /** Objects of the schema that could not be made, with the reason. */
      readonly missing: readonly { readonly name: string; readonly why: string }[];
      /** Whether EXPLAIN QUERY PLAN tells costs. */
      readonly costs: boolean;
      /** Processor seconds that one entry of a narrow index costs an INSERT. */
      readonly entrySeconds: number;
    }
  | {
      readonly step: 'sample';
      readonly columns: readonly ColumnSample[];
      /** Tables that could not be sampled, or not evenly. */
      readonly notes: readonly string[];
    }
  | { readonly step: 'keys'; readonly answers: Readonly<Record<string, KeyAnswer>> }
  | {
      readonly step: 'estimate';
      /** Null: the statement could not be planned, `why` says so. */
      readonly plans: Readonly<
        Record<string, { readonly rows: readonly PlanRowWithCost[] } | { readonly why: string }>
      >;
      /** Indexes that could not be made in the clone. */
      readonly failed: Readonly<Record<string, string>>;
    }
  /** The process was started anew since: open, and sample, again. */
  | { readonly step: 'nothing-open' };

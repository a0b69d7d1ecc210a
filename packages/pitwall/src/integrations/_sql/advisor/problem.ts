/** What the index advisor works on, and what it asks of a database: the same for every SQL dialect. Types only. */
import type { TableUse, TableWrite } from '../roles.ts';

export interface IndexKey {
  /** Null for an expression. */
  readonly column: string | null;
  readonly expression: string | null;
  readonly desc: boolean;
  /** Null: the dialect's default for the direction. */
  readonly nullsFirst: boolean | null;
  /** Null: the column's own, also where a definition writes that out. */
  readonly collate: string | null;
  /** Operator class, such as `text_pattern_ops`; null: the default. */
  readonly opclass: string | null;
}

export interface IndexSpec {
  readonly table: string;
  readonly keys: readonly IndexKey[];
  /** Columns carried along for index-only reads; always empty where `Dialect.include` is false. */
  readonly include: readonly string[];
  /** Of a partial index. */
  readonly where: string | null;
}

export interface ExistingIndex {
  readonly name: string;
  /** Null: of a kind that the advisor does not reason about (GIN, BRIN, hash …). */
  readonly spec: IndexSpec | null;
  readonly unique: boolean;
  /** Belongs to a constraint, or is a replica identity: never dropped. */
  readonly needed: boolean;
  readonly valid: boolean;
  readonly bytes: number;
}

interface AdvisorColumn {
  readonly name: string;
  /** Bytes of a value, on average. */
  readonly width: number;
  /** Different values; null when the statistics do not say. */
  readonly distinct: number | null;
  readonly nullShare: number | null;
  /**
   * A value may be longer than an entry of an index can be, and its write then fails: it is carried along only where another
   * index has it already. Absent: never (the type is limited, or the engine has no such limit).
   */
  readonly unbounded?: boolean;
}

export interface AdvisorTable {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly AdvisorColumn[];
  readonly indexes: readonly ExistingIndex[];
  /** Of a rowid table of SQLite: every index ends with it. Null elsewhere. */
  readonly rowid: string | null;
  /** Share of updates that are HOT (PostgreSQL); null: the engine has no such thing. */
  readonly hotShare: number | null;
}

export interface AdvisorStatement {
  readonly id: string;
  /** Calls and their seconds in the workload's window. Statements without times weigh by cost × calls (see weigh.ts). */
  readonly calls: number;
  readonly seconds: number | null;
  readonly uses: readonly TableUse[];
  readonly writes: readonly TableWrite[];
  /** Rows that all its calls together wrote; absent or null: one a call. */
  readonly rows?: number | null;
}

/** What indexes of the dialect can be. */
export interface Dialect {
  readonly include: boolean;
  readonly partial: boolean;
  readonly expressions: boolean;
  /** PostgreSQL: updates of columns that no index has are cheap (HOT); an index on such a column ends that. */
  readonly hot: boolean;
  /** A name as it compares with others: lower case where the dialect does not tell case. */
  fold(name: string): string;
}

export interface Estimate {
  /** Planner's units; only ratios of one statement's costs mean something. */
  readonly cost: number;
  /** Keys (`keyOf`) of hypothetical indexes in the plan. */
  readonly uses: readonly string[];
  /** Tells the plan from others of the statement with the same indexes; absent: nothing does. */
  readonly plan?: string;
}

/** The planner, asked what it would do. Nothing is built. */
export interface WhatIf {
  /** Null for a statement that could not be planned. With exactly these new indexes, beside all that exist. */
  estimate(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]>;
  /** Bytes that the index will have. */
  bytes(index: IndexSpec): number;
  /** Seconds that one more entry of this index costs a write. */
  entrySeconds(index: IndexSpec): number;
}

export interface Problem {
  readonly dialect: Dialect;
  readonly tables: readonly AdvisorTable[];
  readonly statements: readonly AdvisorStatement[];
  /** Bytes for new indexes. */
  readonly budget: number;
  /** New indexes at most. */
  readonly maxIndexes: number;
  /** Keys of an index at most, INCLUDE not counted. */
  readonly maxKeys: number;
  /** Seconds for the search; what is best by then is taken. */
  readonly timeBudget: number;
  readonly seed: number;
}

/** Whole sets of indexes, built on a copy and timed. */
export interface Measured {
  /** Seconds a call by statement id (reads and writes), medians over rounds; null: failed or timed out. */
  readonly seconds: ReadonlyMap<string, number | null>;
  /** The single runs behind each median, in the order they were made; absent: only the medians are known. */
  readonly samples?: ReadonlyMap<string, readonly number[]>;
  /** Statements that were given up: they take their seconds at least. Absent: none. */
  readonly atLeast?: ReadonlySet<string>;
  /** Bytes of each index as built, by key. */
  readonly bytes: ReadonlyMap<string, number>;
}

export interface Bench {
  /**
   * Seconds that a call may take longer without a plan being worse: what reading one more index costs the planner, and what the
   * clock can tell. Absent: none.
   */
  readonly slack?: number;
  /** Builds exactly these on the copy (beside what exists) and times the statements: `rounds` runs of each. */
  measure(indexes: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured>;
  /**
   * The same for several sets, which take turns within each round (so that `samples[i]` of one set was made beside `samples[i]`
   * of the others). For a bench that can keep two sets ready at once; without it `measure` is called in turns.
   */
  compare?(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]>;
}

export interface ChosenIndex {
  readonly spec: IndexSpec;
  readonly bytes: number;
  /** Seconds in the window: saved on reads, and what its entries cost writes. */
  readonly savedSeconds: number;
  readonly writeSeconds: number;
  /** What the cost of the statement that it helps most falls by beside the other chosen (0–1); absent: not known. */
  readonly gain?: number;
  /** Statements whose plan uses it, with their planner's cost: none of the chosen indexes there, all but this one, and all. */
  readonly statements: readonly {
    readonly id: string;
    readonly before: number;
    /** Absent: only measuring came to the set. */
    readonly without?: number;
    readonly after: number;
  }[];
}

/** A candidate that the planner took for some statement, whether chosen or not. */
export interface UtilisedIndex {
  readonly spec: IndexSpec;
  readonly bytes: number;
  /** Seconds in the window that it saves when it is the only new index, its writes paid; negative: it costs. */
  readonly savedSeconds: number;
  /** Statements whose plan uses it when it is alone. */
  readonly statements: readonly string[];
}

/** An index that exists and that another one makes superfluous. */
export interface RedundantIndex {
  readonly table: string;
  readonly name: string;
  readonly bytes: number;
  /** What serves instead: an index that exists, or one of the chosen (then drop only after it is built). */
  readonly servedBy: { readonly name: string } | { readonly chosen: IndexSpec };
  readonly because: string;
}

export interface Choice {
  readonly chosen: readonly ChosenIndex[];
  /** Those that exist and need not. */
  readonly redundant: readonly RedundantIndex[];
  /** Best first. */
  readonly utilised: readonly UtilisedIndex[];
  readonly rejected: readonly { readonly spec: IndexSpec; readonly because: string }[];
  readonly notConsidered: readonly { readonly statement: string; readonly because: string }[];
  /** Estimated seconds of the workload in the window, before and after. */
  readonly before: number;
  readonly after: number;
  /** The best after each number of bytes on the way: for the budget sweep. */
  readonly sweep: readonly { readonly bytes: number; readonly seconds: number }[];
  /** Second-best sets, best first: worth measuring when a copy is at hand. */
  readonly alternatives: readonly (readonly IndexSpec[])[];
  /** How often the planner was asked about one statement. */
  readonly estimates: number;
}

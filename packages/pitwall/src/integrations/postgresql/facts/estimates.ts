/** What the planner expects beside what there is. No value of a call, and none of a table, is in them. */
export interface EstimateFacts {
  /** Key: that of the request (`runPlansRequest`). Statements that were run once, to see their plans at work. */
  'postgresql.plans-run': PlansRunFact;
  /** Key: that of the request (`columnPairsRequest`). Columns that statements test together, measured on a sample. */
  'postgresql.column-pairs': ColumnPairsFact;
}

export type PlansRunFact = {
  readonly plans: readonly PlanRunFact[];
  readonly left: readonly { readonly statement: string; readonly because: string }[];
  /** Why not all that were asked for were looked at; null: they were. The end of a sentence. */
  readonly stopped: string | null;
  /** What asking cost the database: statements, and seconds waited for them. */
  readonly cost: { readonly statements: number; readonly seconds: number };
};

export type PlanRunFact = {
  readonly statement: string;
  /** Without values; cut. Hostile. */
  readonly text: string;
  /** Real calls of it that were repeated. */
  readonly runs: number;
  /** Of the slowest run. */
  readonly seconds: number;
  /** Where its rows were misjudged first: what is above follows from it. The worst of each table. */
  readonly steps: readonly StepFact[];
  readonly spills: readonly SpillFact[];
};

export type StepFact = {
  /** As EXPLAIN's text has it. */
  readonly title: string;
  readonly kind: 'scan' | 'join' | 'groups' | 'other';
  /** `schema.table`; null: of none, or of several. */
  readonly table: string | null;
  /** Rows of all loops. */
  readonly expected: number;
  readonly actual: number;
  readonly factor: number;
  /** Columns of the table that its conditions test, or that it groups by. */
  readonly columns: readonly StepColumn[];
  /** Expressions that its conditions test, as DDL has them. */
  readonly expressions: readonly string[];
};

type StepColumn = {
  readonly column: string;
  readonly test: 'equal' | 'range' | 'join' | 'group';
  /** Null: there are none, or the role may not read the column. */
  readonly statistics: ColumnStatisticsFact | null;
};

/** What the last ANALYZE kept of a column. https://www.postgresql.org/docs/current/view-pg-stats.html */
export type ColumnStatisticsFact = {
  /** Most common values, and steps of the histogram, that it may keep. */
  readonly target: number;
  /** Most common values that it did keep, and the share of the rows that the least common of them has. */
  readonly common: number;
  readonly leastCommon: number | null;
  /** Bounds of the histogram. */
  readonly bounds: number;
  readonly distinct: number | null;
  /** Rows of the table, as the planner counts them. */
  readonly rows: number;
};

export type SpillFact = {
  readonly what: 'sort' | 'hash join' | 'hash aggregate';
  /** Bytes in temporary files; null: not told. */
  readonly disk: number | null;
  /** work_mem in bytes with which it would not. */
  readonly workMem: number;
};

export type ColumnPairsFact = {
  readonly pairs: readonly ColumnPairFact[];
  readonly left: readonly { readonly table: string; readonly because: string }[];
  readonly cost: { readonly statements: number; readonly seconds: number };
};

export type ColumnPairFact = {
  readonly table: { readonly schema: string; readonly name: string };
  /** Two that conditions test together, or all of a GROUP BY. */
  readonly columns: readonly string[];
  readonly use: 'conditions' | 'groups';
  /** One of them is compared by less or greater: statistics of dependencies do not help there. */
  readonly range: boolean;
  /** Ids of those that use them so. */
  readonly statements: readonly string[];
  /** Rows that were looked at, and whether these are all. */
  readonly rows: number;
  readonly whole: boolean;
  /** Different values of each column, and of them together, in these rows. */
  readonly distinct: readonly number[];
  readonly together: number;
  /**
   * Conditions: times that a pair of values is more frequent than the product of its single frequencies: geometric mean over
   * the rows, and the most of pairs with 1,000 rows of the table and more. Groups: expected ÷ real number, twice.
   */
  readonly typical: number;
  readonly worst: number;
  /** Share of the rows whose value of one column decides that of the other: of the better direction. 0 for groups. */
  readonly dependency: number;
  /** Names of extended statistics that are on these columns already, and of which kinds. */
  readonly covered: readonly string[];
};

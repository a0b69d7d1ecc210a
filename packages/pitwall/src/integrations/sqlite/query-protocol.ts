import type { QueryParameters } from './options.ts';
import type { CopySettings } from './what-if/copy-settings.ts';
import type { WhatIfAsk, WhatIfTold } from './what-if/protocol.ts';

/** What the query process is asked. Databases are named by their absolute path. */
export type QueryRequest =
  /** Times one statement: round after round, in each round once in every database (their order alternates). */
  | {
      readonly kind: 'time';
      readonly databases: readonly string[];
      readonly sql: string;
      /** Used in turn, one set a round; empty: no parameters. */
      readonly params: readonly QueryParameters[];
      readonly rounds: { readonly least: number; readonly most: number };
      readonly budgetSeconds: number;
      /** Of the connections; absent: SQLite's own. */
      readonly settings?: CopySettings;
    }
  /** Rows of one of our own statements, at most `limit`. */
  | {
      readonly kind: 'rows';
      readonly database: string;
      readonly sql: string;
      readonly params: QueryParameters;
      readonly limit: number;
    }
  /** As `time`, for statements that write, each run in a transaction that is rolled back. Never sent for the live file. */
  | {
      readonly kind: 'time-writes';
      readonly databases: readonly string[];
      readonly sql: string;
      readonly params: readonly QueryParameters[];
      readonly rounds: { readonly least: number; readonly most: number };
      readonly budgetSeconds: number;
      /** Of the connections; absent: SQLite's own. */
      readonly settings?: CopySettings;
    }
  /** EXPLAIN QUERY PLAN of each statement, writes too. None of them is run. */
  | {
      readonly kind: 'plans';
      readonly database: string;
      readonly statements: readonly { readonly sql: string; readonly params: QueryParameters }[];
    }
  | { readonly kind: 'what-if'; readonly ask: WhatIfAsk }
  /** Runs our own statements on a private copy. Never sent for the live file. */
  | { readonly kind: 'change-copy'; readonly database: string; readonly statements: readonly string[] }
  /** Closes all files: nobody should take the waiting process for a user of the database. */
  | { readonly kind: 'release' };

export interface PlanRow {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
  /** LogEst (10 · log₂) of one run of a loop, where the engine tells it (SQLite 3.47 and later). */
  readonly cost?: number;
}

export type SqlValue = string | number | bigint | null | Uint8Array;

export interface TimedQuery {
  readonly kind: 'time';
  /** Why the statement was not run, or null. */
  readonly refused: string | null;
  /** EXPLAIN QUERY PLAN, one list a database, with the first parameter set. */
  readonly plans: readonly (readonly PlanRow[])[];
  /** Nanoseconds, per database and round; rounds correspond. */
  readonly durations: readonly (readonly number[])[];
  /** Rows of the last run. */
  readonly rows: number;
}

export type QueryAnswer =
  | TimedQuery
  | { readonly kind: 'rows'; readonly rows: readonly Readonly<Record<string, SqlValue>>[]; readonly more: boolean }
  /** As they were asked for; null: the engine does not take it, or it does more than read or change rows. */
  | { readonly kind: 'plans'; readonly plans: readonly (readonly PlanRow[] | null)[] }
  | { readonly kind: 'what-if'; readonly told: WhatIfTold }
  | { readonly kind: 'change-copy'; readonly seconds: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'error'; readonly message: string; readonly errcode: number | null };

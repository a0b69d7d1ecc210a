/** A session of a database that is at work, or that keeps a transaction open without being so. */
export interface RunningSession {
  /** As the server numbers it, unique among those that run. */
  readonly id: string;
  /** `active`, `idle in transaction` …, as the database calls it. */
  readonly state: string;
  /** Since its transaction began, or its statement where it has none. Seconds. */
  readonly seconds: number;
  /** In its state: since the statement began, or since it has been idle. Seconds. */
  readonly stateSeconds: number;
  /** What it waits for, as the database calls it (`Lock: transactionid`); null: nothing that is known. */
  readonly wait: string | null;
  /** Ids of those whose locks it waits for; `0` is a prepared transaction. */
  readonly blockedBy: readonly string[];
  /** How many wait for its locks. */
  readonly blocks: number;
  /** What the client calls itself; may be empty. */
  readonly application: string;
  /** The one that runs, or the last one. Short, and without values; may be hostile: not for a terminal or a page as it is. */
  readonly statement: string;
}

/** What a database does at a moment. */
export interface Running {
  /** The oldest first: the `RUNNING` oldest. */
  readonly sessions: readonly RunningSession[];
  /** Of all that run. */
  readonly total: number;
  /** Sessions that our role may not look at. */
  readonly hidden: number;
}

/** Sessions that are told of: what holds up others is among the oldest. [judgement] */
export const RUNNING = 8;

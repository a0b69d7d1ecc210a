import type { Workload } from '../../../model/database.ts';
import type { PostgresqlConnection } from '../connection.ts';
import type { NoStatements } from '../statements.ts';
import type { LoggedPlans } from './plans.ts';

/** How a statement's time is spent, as the sessions were seen. */
export interface SeenActivity {
  /** Sessions at it on average: 1 keeps one connection busy all the time. */
  readonly sessions: number;
  /** Times that a session was seen at it. */
  readonly looks: number;
  /** What they waited for, share of the looks; the rest was on a processor. */
  readonly waits: readonly { readonly event: string; readonly share: number }[];
}

/** A workload with all that was seen along with it. In memory only: it holds values. */
export interface KeptWorkload {
  readonly workload: Workload;
  /** By statement. */
  readonly plans: ReadonlyMap<string, LoggedPlans>;
  readonly activity: ReadonlyMap<string, SeenActivity>;
  readonly statistics: {
    readonly missing: NoStatements | null;
    /** In the workload's window; null: not told. */
    readonly evictions: number | null;
    /** Seconds since the counters were reset; null: not told. */
    readonly age: number | null;
    /** pg_stat_statements.max; null: not told. */
    readonly most: number | null;
  };
}

const kept = new WeakMap<PostgresqlConnection, KeptWorkload>();

/** The last workload that was read over the connection, with samples; null: none was. */
export function keptWorkload(connection: PostgresqlConnection): KeptWorkload | null {
  return kept.get(connection) ?? null;
}

export function keepWorkload(connection: PostgresqlConnection, workload: KeptWorkload): void {
  kept.set(connection, workload);
}

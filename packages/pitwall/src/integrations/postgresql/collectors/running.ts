import { RUNNING, type Running, type RunningSession } from '../../../model/running.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { COUNT_HIDDEN } from './locks.ts';
import { CLIENTS, plainStatement } from './sessions.ts';

/** Between two statements of a transaction every session is idle for a moment: shorter is told only of one that others wait for. Seconds. */
const IDLE = 1;

/**
 * Sessions of this database but ours, the oldest transaction first. Who waits for whom takes a moment's lock on all locks: asked for
 * those alone that wait.
 */
const NOW = `${OURS} * FROM (WITH waiting AS MATERIALIZED (
     SELECT w.pid, pg_catalog.pg_blocking_pids(w.pid) AS behind FROM pg_catalog.pg_stat_activity w
      WHERE w.wait_event_type = 'Lock' AND w.datname = current_database() LIMIT 200)
   SELECT a.pid::text AS id, a.state,
          greatest(0, extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start, a.state_change)))::float8 AS seconds,
          greatest(0, extract(epoch FROM clock_timestamp() - CASE a.state WHEN 'active' THEN coalesce(a.query_start, a.state_change)
                                                                         ELSE a.state_change END))::float8 AS "stateSeconds",
          CASE WHEN a.wait_event IS NOT NULL THEN a.wait_event_type || ': ' || a.wait_event END AS wait,
          -- Workers of one query block as often as they are.
          coalesce((SELECT array_agg(DISTINCT b.pid::text) FROM waiting w, unnest(w.behind) AS b (pid) WHERE w.pid = a.pid), '{}') AS "blockedBy",
          (SELECT count(*) FROM waiting w WHERE a.pid = ANY (w.behind))::int AS blocks,
          coalesce(a.application_name, '') AS application, coalesce(a.query, '') AS statement, count(*) OVER ()::int AS total
     FROM pg_catalog.pg_stat_activity a
    WHERE ${CLIENTS} AND a.datname = current_database() AND coalesce(a.application_name, '') <> 'pitwall'
      AND (a.state IN ('active', 'fastpath function call')
           OR a.state LIKE 'idle in transaction%'
              AND (a.state_change < clock_timestamp() - interval '${IDLE} s' OR EXISTS (SELECT FROM waiting w WHERE a.pid = ANY (w.behind))))
    ORDER BY coalesce(a.xact_start, a.query_start, a.state_change), a.pid LIMIT ${RUNNING}) AS answer`;

type Row = RunningSession & { readonly total: number };

/** What sessions do now: also what counters know only once it has ended. @throws PitwallError as `connection.query` */
export async function readRunning(connection: Pick<PostgresqlConnection, 'query'>): Promise<Running> {
  const rows = await connection.query<Row & Record<string, unknown>>(NOW);
  const [{ hidden } = { hidden: 0 }] = await connection.query<{ hidden: number }>(COUNT_HIDDEN);
  return {
    sessions: rows.map(({ total: _, ...session }) => ({ ...session, statement: plainStatement(session.statement) })),
    total: rows[0]?.total ?? 0,
    hidden,
  };
}

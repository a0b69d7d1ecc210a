import { type ConnectionGroup, NAMED_GROUPS } from '../../../model/database-state.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Gap } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { LongTransactionFact, SessionGroup } from '../facts/server.ts';
import { withoutValues } from '../parse/normalise.ts';

/** Client sessions of the whole server but this one (`a`). Of those that a role may not see, the kind is not told either. */
export const CLIENTS = `coalesce(a.backend_type, 'client backend') = 'client backend' AND a.datid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()`;
/** Of a session that the role may not look at there is no state. */
export const HIDDEN = 'a.state IS NULL AND a.backend_type IS NULL';
const HIDDEN_WHY = 'the role may not see other sessions: GRANT pg_monitor TO the role';

const MOST_GROUPS = 50;
const MOST_TRANSACTIONS = 50;
/** Seconds: younger ones are of no rule's interest. */
const SHORT = 1;
/** Characters of a statement: read, and shown. */
const READ = 4000;
const SHOWN = 500;

const GROUPS = `${OURS} coalesce(a.state, 'hidden') AS state, a.datname::text AS database, a.usename::text AS "user",
       coalesce(a.application_name, '') AS application, count(*)::int AS count,
       extract(epoch FROM avg(now() - a.backend_start))::float8 AS age, extract(epoch FROM avg(now() - a.state_change))::float8 AS "stateAge",
       array_agg(a.wait_event_type || ': ' || a.wait_event) FILTER (WHERE a.wait_event IS NOT NULL) AS waits
  FROM pg_catalog.pg_stat_activity a WHERE ${CLIENTS} GROUP BY 1, 2, 3, 4 ORDER BY count(*) DESC, 1, 2, 3, 4`;

/** Of this database: texts of others may be in another encoding. Strong locks first. */
const LONG = `${OURS} a.pid, a.state, coalesce(a.usename::text, '') AS "user", coalesce(a.application_name, '') AS application,
       CASE WHEN a.wait_event IS NOT NULL THEN a.wait_event_type || ': ' || a.wait_event END AS wait,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds,
       extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS "querySeconds",
       extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS "stateSeconds",
       greatest(age(a.backend_xmin), age(a.backend_xid))::float8 AS "xminAge", coalesce(a.query, '') AS statement,
       coalesce((SELECT array_agg(l.lock ORDER BY l.weak, l.lock) FROM (
          SELECT DISTINCT l.mode || ' ' || n.nspname || '.' || c.relname AS lock, l.mode IN ('RowExclusiveLock', 'RowShareLock') AS weak
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock' AND c.relkind IN ('r', 'p', 'm')
             AND n.nspname <> 'pg_catalog' AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
           LIMIT 20) l), '{}') AS locks,
       (SELECT count(*) FROM waiting w WHERE a.pid = ANY (w.behind))::int AS blocks
  FROM pg_catalog.pg_stat_activity a
 WHERE ${CLIENTS} AND a.datname = current_database() AND a.xact_start < now() - interval '${SHORT} s'
 ORDER BY a.xact_start, a.pid LIMIT ${MOST_TRANSACTIONS}`;

/** Who waits for whom takes a moment's lock on all locks: asked for those alone that wait. */
const WITH_WAITING = LONG.replace(
  OURS,
  `${OURS} * FROM (WITH waiting AS MATERIALIZED (
     SELECT pg_catalog.pg_blocking_pids(w.pid) AS behind FROM pg_catalog.pg_stat_activity w
      WHERE w.wait_event_type = 'Lock' AND w.datname = current_database() LIMIT 200)
   SELECT`,
).concat(') AS answer');

type GroupRow = Omit<SessionGroup, 'waits'> & { readonly waits: readonly string[] | null };

export const sessions = defineCollector<PostgresqlConnection>({
  id: 'sessions',
  title: 'Sessions by state, application and role; transactions that have been open for a while',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    const rows = await connection.query<GroupRow & Record<string, unknown>>(GROUPS);
    const groups = rows.map((row) => ({ ...row, waits: counted(row.waits ?? []) }));
    const hidden = sum(groups.filter(({ state }) => state === 'hidden'));
    const long = await connection.query<LongTransactionFact & Record<string, unknown>>(WITH_WAITING);
    return {
      facts: [
        fact('postgresql.session-counts', '', {
          total: sum(groups),
          hidden,
          groups: groups.slice(0, MOST_GROUPS),
          by: {
            state: named(groups, ({ state }) => state),
            user: named(groups, ({ user }) => user),
            application: named(groups, ({ application }) => application),
            database: named(groups, ({ database }) => database),
          },
        }),
        ...long.map((row) =>
          fact('postgresql.long-transaction', String(row.pid), { ...row, statement: plainStatement(row.statement) }),
        ),
      ],
      gaps: [...hiddenGap('postgresql.session-counts', hidden), ...hiddenGap('postgresql.long-transaction', hidden)],
    };
  },
});

export function hiddenGap(what: string, hidden: number): Gap[] {
  return hidden > 0 ? [{ what, why: HIDDEN_WHY }] : [];
}

/** A text of pg_stat_activity without its values, short. It may have been cut by the server anywhere. */
export function plainStatement(text: string): string {
  const plain = withoutValues(text.slice(0, READ), false);
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN - 1)}…` : plain;
}

function counted(events: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(event, (counts.get(event) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

/** How many sessions have each name; the largest first. */
function named(
  groups: readonly SessionGroup[],
  nameOf: (group: SessionGroup) => string | null,
): readonly ConnectionGroup[] {
  const counts = new Map<string, number>();
  for (const group of groups) {
    const name = nameOf(group) ?? '';
    counts.set(name, (counts.get(name) ?? 0) + group.count);
  }
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, NAMED_GROUPS);
}

function sum(groups: readonly { readonly count: number }[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { LockTreeFact, SessionText, WaitingFact } from '../facts/server.ts';
import { hiddenGap, plainStatement } from './sessions.ts';

const MOST_WAITING = 200;
const MOST_SHOWN = 50;

type WaitingRow = SessionText & {
  readonly behind: readonly number[];
  readonly seconds: number;
  readonly wants: string;
};

type Blocker = LockTreeFact['root'];

const SESSION = `a.pid, coalesce(a.state, 'hidden') AS state, coalesce(a.usename::text, '') AS "user",
       coalesce(a.application_name, '') AS application, coalesce(a.query, '') AS statement,
       CASE WHEN a.wait_event IS NOT NULL THEN a.wait_event_type || ': ' || a.wait_event END AS wait`;

/** pg_locks.waitstart came with PostgreSQL 14: before, the statement has waited at most as long as it has run. */
const WAITING = `${OURS} ${SESSION}, pg_catalog.pg_blocking_pids(a.pid) AS behind,
       extract(epoch FROM clock_timestamp() - coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start))::float8 AS seconds,
       coalesce(l.mode || CASE WHEN c.relname IS NOT NULL THEN ' on ' || n.nspname || '.' || c.relname || CASE l.locktype WHEN 'tuple' THEN ' (a row)' ELSE '' END
                               WHEN l.locktype = 'transactionid' THEN ': the end of a transaction that changed the same row'
                               ELSE ' on ' || l.locktype END, '') AS wants
  FROM pg_catalog.pg_stat_activity a
  LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1) l ON true
  LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation AND l.database = a.datid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE a.wait_event_type = 'Lock' AND a.datname = current_database() AND a.pid <> pg_catalog.pg_backend_pid()
 ORDER BY a.query_start LIMIT ${MOST_WAITING}`;

const BLOCKERS = `${OURS} ${SESSION}, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds,
       extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS "stateSeconds"
  FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY ($1::int[])`;

/** Sessions of this database that the role may not look at. */
export const COUNT_HIDDEN = `${OURS} count(*)::int AS hidden FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = current_database() AND a.backend_type IS NULL AND a.pid <> pg_catalog.pg_backend_pid()`;

export const locks = defineCollector<PostgresqlConnection>({
  id: 'locks',
  title: 'Who waits for whose lock',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    const waiting = await connection.query<WaitingRow & Record<string, unknown>>(WAITING);
    const [{ hidden } = { hidden: 0 }] = await connection.query<{ hidden: number }>(COUNT_HIDDEN);
    const roots = rootsOf(waiting);
    const blockers =
      roots.length === 0 ? [] : await connection.query<Blocker & Record<string, unknown>>(BLOCKERS, [roots]);
    return {
      facts: treesOf(waiting, new Map(blockers.map((blocker) => [blocker.pid, blocker]))).map((tree) =>
        fact('postgresql.lock-tree', String(tree.root.pid), tree),
      ),
      gaps: hiddenGap('postgresql.lock-tree', hidden),
    };
  },
});

/** Those that are waited for and do not wait themselves. 0 is a prepared transaction. */
function rootsOf(waiting: readonly WaitingRow[]): number[] {
  const pids = new Set(waiting.map(({ pid }) => pid));
  return [...new Set(waiting.flatMap(({ behind }) => behind))].filter((pid) => !pids.has(pid));
}

/** One tree for each session that others wait for; who waits for several is in the tree of the first. */
function treesOf(waiting: readonly WaitingRow[], blockers: ReadonlyMap<number, Blocker>): LockTreeFact[] {
  const placed = new Set<number>();
  return rootsOf(waiting).flatMap((root) => {
    const found: WaitingFact[] = [];
    let layer = new Set([root]);
    for (let depth = 1; layer.size > 0; depth++) {
      const next = waiting.filter(({ pid, behind }) => !placed.has(pid) && behind.some((one) => layer.has(one)));
      for (const { behind, ...row } of next) {
        placed.add(row.pid);
        found.push({
          ...row,
          statement: plainStatement(row.statement),
          behind: behind.find((one) => layer.has(one))!,
          depth,
        });
      }
      layer = new Set(next.map(({ pid }) => pid));
    }
    if (found.length === 0) return [];
    return [{ root: shown(root, blockers.get(root)), waiting: found.slice(0, MOST_SHOWN), total: found.length }];
  });
}

function shown(pid: number, blocker: Blocker | undefined): Blocker {
  if (blocker) return { ...blocker, statement: plainStatement(blocker.statement) };
  const state = pid === 0 ? 'prepared transaction' : 'ended meanwhile';
  return { pid, state, user: '', application: '', wait: null, statement: '', seconds: null, stateSeconds: null };
}

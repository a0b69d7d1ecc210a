import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { PitwallError, printable } from '../../../errors.ts';
import type { Json } from '../../../model/json.ts';
import { OURS } from '../connection.ts';
import { nameOf } from '../identifiers.ts';
import type { Ask } from './index-state.ts';
import { refusal, type Waiting, type WriteSession } from './session.ts';

/** Shorter transactions come and go, and are waited for without a word. */
const OLD_SECONDS = 0.5;

export interface Relation {
  readonly oid: number;
  /** pg_class.relkind: r a table, p a partitioned one, m a materialized view … */
  readonly kind: string;
  /** Without indexes and TOAST; of a partitioned table those of all its partitions. */
  readonly bytes: number;
  /** Our role may change it. */
  readonly owned: boolean;
  /** Our role may make things in its schema. */
  readonly canCreate: boolean;
  readonly temporary: boolean;
}

/** The table (view, index …) of that name, or null. */
export async function relationOf(ask: Ask, schema: string, name: string): Promise<Relation | null> {
  const [row] = await ask<Relation & Record<string, unknown>>(
    `${OURS} c.oid::int8::float8 AS oid, c.relkind::text AS kind, c.relpersistence = 't' AS temporary,
            CASE c.relkind WHEN 'p' THEN (SELECT coalesce(sum(pg_catalog.pg_relation_size(p.relid)), 0) FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf)
                           ELSE pg_catalog.pg_relation_size(c.oid) END::float8 AS bytes,
            pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned, pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS "canCreate"
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return row ?? null;
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  f: 'a foreign table',
  i: 'an index',
  I: 'an index',
  S: 'a sequence',
  c: 'a type',
  t: 'a TOAST table',
  p: 'a partitioned table',
};

/** @throws PitwallError CHANGE_REFUSED unless there is such a table of a kind in `kinds`, and our role owns it */
export async function requireTable(
  ask: Ask,
  subject: string,
  table: { readonly schema: string; readonly name: string },
  kinds: string,
): Promise<Relation> {
  const name = nameOf(table.schema, table.name);
  const relation = await relationOf(ask, table.schema, table.name);
  if (relation === null) throw refusal(subject, `there is no table ${name}`);
  if (/^(pg_catalog|information_schema|pg_toast.*)$/.test(table.schema))
    throw refusal(subject, `${name} is the server's own`);
  if (!kinds.includes(relation.kind)) throw refusal(subject, `${name} is ${KINDS[relation.kind] ?? 'no table'}`);
  if (relation.temporary) throw refusal(subject, `${name} is a temporary table`);
  if (!relation.owned) throw refusal(subject, `only the owner of ${name} can do this, and the role of Pitwall is not`);
  return relation;
}

/**
 * Somebody may have changed it since the plan, and may even have made this very change: throws DRIFT then.
 * `now` is read under the lock that keeps others from changing it.
 */
export function requireUnchanged(subject: string, expected: Json, now: Json): void {
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(now)), expected)) return;
  throw new PitwallError('DRIFT', { subject, difference: 'somebody else changed it at the same time' });
}

/**
 * Waits, for as long as a change waits for locks, until nobody is in a transaction that building an index of `relation`
 * would have to wait for: one that changes the table (`any`: one that uses it), or sees the database as it was.
 * https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 * @throws PitwallError TARGET_LOCKED, naming the sessions
 */
export async function waitForOthers(
  session: WriteSession,
  relation: number,
  waiting: Waiting,
  who: 'writers' | 'any' = 'writers',
): Promise<void> {
  const until = performance.now() + session.patience * 1000;
  for (;;) {
    const rows = await session.run<{ pid: number; name: string; state: string | null; seconds: number | null }>(
      `${OURS} a.pid, a.application_name AS name, a.state, extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds
         FROM pg_catalog.pg_stat_activity a
        WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_type = 'client backend'
          AND a.xact_start < pg_catalog.clock_timestamp() - interval '${OLD_SECONDS} s'
          AND (EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.relation = $1::oid AND l.granted
                          AND ($2 OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')))
               OR a.backend_xmin IS NOT NULL)
        ORDER BY a.xact_start LIMIT 5`,
      [relation, who === 'any'],
    );
    if (rows.length === 0) return;
    if (performance.now() >= until) {
      const sessions = rows.map(({ pid, name, state, seconds }) => {
        const age = seconds === null ? '' : ` for ${Math.round(seconds)} s`;
        return `session ${pid} (${printable(name) || 'no name'}, ${printable(state ?? 'of another role')}) in a transaction${age}`;
      });
      const details = { path: waiting.subject, seconds: session.patience, holders: `; ${sessions.join('; ')}` };
      throw new PitwallError('TARGET_LOCKED', details);
    }
    await sleep(100, undefined, { signal: waiting.signal });
  }
}

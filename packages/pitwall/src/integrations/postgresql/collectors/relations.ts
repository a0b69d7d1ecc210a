import type { QueryResultRow } from 'pg';
import { PitwallError } from '../../../errors.ts';
import type { Fact, Gap } from '../../../model/observation.ts';
import { counted, either } from '../../../model/plural.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { Topic } from '../facts/schema.ts';

/**
 * Tables that are looked at, the largest first. With hundreds of tenants in schemas of their own the rest are small ones of
 * the same make; what was left out is said.
 */
export const MOST_TABLES = 2000;

/** Not the server's own schemas, nor anybody's temporary tables (pg_temp_3). `n`: pg_namespace. */
export const USER_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** Not a table that an extension brought: what is in it is the extension's business. */
const noExtension = (alias: string): string =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = ${alias}.oid AND d.deptype = 'e')`;

/** Common table expression: what somebody has locked for himself alone. */
export const LOCKED_TABLES = `locked AS MATERIALIZED (
    SELECT relation FROM pg_catalog.pg_locks
     WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL)`;

/**
 * Common table expressions: `top` are the tables to look at (`oid`, `schema`, `total` of all there are), at most $1 of them.
 * Ordered without opening a single one, which would take a lock and a moment each: by what VACUUM last wrote down, or by the
 * rows counted since then at 32 bytes each (a row has 28 of header and pointer). Partitioned tables have no size: they come first.
 */
const TOP = `candidates AS MATERIALIZED (
    SELECT c.oid, n.nspname::text AS schema,
           CASE c.relkind WHEN 'p' THEN 'infinity'::float8
                ELSE greatest(c.relpages::float8 * current_setting('block_size')::float8,
                              pg_catalog.pg_stat_get_live_tuples(c.oid)::float8 * 32) END AS weight
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND ${USER_SCHEMA} AND ${noExtension('c')}),
  top AS MATERIALIZED (
    SELECT oid, schema, weight, count(*) OVER ()::int AS total FROM candidates ORDER BY weight DESC, oid LIMIT $1),
  ${LOCKED_TABLES}`;

/**
 * Writing out a definition (pg_get_indexdef, pg_get_expr) opens the table, and so waits for whoever has it for himself alone:
 * such tables (`t`: top) are left out of what needs it, and counted.
 */
export const NOT_LOCKED = 't.oid NOT IN (SELECT relation FROM locked)';
export const LOCKED = '(SELECT count(*) FROM top WHERE oid IN (SELECT relation FROM locked))::int AS locked';

export function lockedGap(kind: string, locked: number): Gap[] {
  const why = `${counted(locked, 'table')} that somebody has locked for himself alone ${either(locked, 'is', 'are')} left out: reading would have waited`;
  return locked > 0 ? [{ what: kind, why }] : [];
}

/** SQL for the bytes of a relation's main part. */
type BytesOf = (alias: string) => string;

/** As VACUUM or CREATE INDEX last wrote it down. */
const writtenDown: BytesOf = (alias) => `${alias}.relpages::float8 * current_setting('block_size')::float8`;
/** Asking for the size waits for whoever has the relation for himself alone: then what was written down has to do. */
const asked: BytesOf = (alias) =>
  `CASE WHEN ${alias}.oid IN (SELECT relation FROM locked) THEN ${writtenDown(alias)}
        ELSE coalesce(pg_catalog.pg_relation_size(${alias}.oid)::float8, ${writtenDown(alias)}) END`;

/**
 * Rows of a question with `TOP` in front of it. When it has to wait for a lock, or is too slow, it is asked again with the
 * sizes that are written down.
 * @throws PitwallError as `connection.query`
 */
export async function readTop<Row extends QueryResultRow>(
  connection: PostgresqlConnection,
  question: (bytesOf: BytesOf) => string,
  values: readonly unknown[],
): Promise<{ readonly rows: readonly Row[]; readonly estimated: boolean }> {
  const ask = (bytesOf: BytesOf) =>
    connection.query<Row>(`${OURS} * FROM (WITH ${TOP}${question(bytesOf)}) AS answer`, values);
  try {
    return { rows: await ask(asked), estimated: false };
  } catch (error) {
    if (!(error instanceof PitwallError) || !['POSTGRESQL_FAILED', 'POSTGRESQL_SLOW'].includes(error.code)) throw error;
    return { rows: await ask(writtenDown), estimated: true };
  }
}

/** The fact that a topic was read, and the gap when a part of it was left out. */
export function readFact(topic: Topic, kind: string, read: number, leftOut: number): { facts: Fact[]; gaps: Gap[] } {
  const why = `${counted(leftOut, 'smaller table was', 'smaller tables were')} left out: the ${MOST_TABLES} largest are looked at`;
  return {
    facts: [fact('postgresql.schema', topic, { read, leftOut })],
    gaps: leftOut > 0 ? [{ what: kind, why }] : [],
  };
}

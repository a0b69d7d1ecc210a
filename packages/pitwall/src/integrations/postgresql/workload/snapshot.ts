import { OURS, type PostgresqlConnection } from '../connection.ts';
import { isUntranslatable } from '../failures.ts';
import type { StatementsExtension } from '../statements.ts';
import type { Entry, EntryCounters, Snapshot } from './counters.ts';

/** Longer texts are cut: what a generator wrote is not read by anybody, and would fill the memory. Characters. */
export const LONGEST_TEXT = 100_000;

/** A reading of pg_stat_statements, with what it did not show. */
export interface Reading {
  readonly snapshot: Snapshot;
  /** By query id; empty when texts were not asked for. */
  readonly texts: ReadonlyMap<string, string>;
  /** Entries of other roles that ours may not see. */
  readonly hidden: Counted;
  /** Inside of functions: their calls' times are counted with the call of the function already. */
  readonly nested: Counted;
  /** Entries whose text the server has lost. */
  readonly withoutText: number;
  /** Texts were asked for, and no one's could be told in this database's encoding; the counters are all there. */
  readonly unreadable: boolean;
}

interface Counted {
  readonly entries: number;
  readonly seconds: number;
}

/** Versions of the extension (10 of 1.10) in which columns came or were renamed. */
const TOPLEVEL_AND_INFO = 9;
const IO_RENAMED_AND_SINCE = 11;

interface Row extends EntryCounters {
  readonly id: string | null;
  readonly role: string;
  readonly toplevel: boolean;
  readonly maxSeconds: number;
  readonly since: number | null;
  readonly text: string | null;
}

interface Header {
  readonly at: number;
  readonly origin: string;
  readonly resetAt: number | null;
  readonly evictions: number | null;
}

/**
 * Reads the entries of this database, and resets nothing.
 * Columns: https://www.postgresql.org/docs/current/pgstatstatements.html and the extension's upgrade scripts 1.8 to 1.12.
 * @throws as `connection.query` does
 */
export async function readSnapshot(
  connection: Pick<PostgresqlConnection, 'query'>,
  extension: StatementsExtension,
  texts: boolean,
): Promise<Reading> {
  const [header] = await connection.query<Header & Record<string, unknown>>(headerQuestion(extension));
  const ask = (which: boolean) =>
    connection.query<Row & Record<string, unknown>>(entriesQuestion(extension, which)).catch((error: unknown) => {
      if (which && isUntranslatable(error)) return null;
      throw error;
    });
  const told = await ask(texts);
  const unreadable = told === null;
  const rows = told ?? (await ask(false))!;
  const entries = new Map<string, Entry>();
  const known = new Map<string, string>();
  const hidden = { entries: 0, seconds: 0 };
  const nested = { entries: 0, seconds: 0 };
  let withoutText = 0;
  for (const { id, role, toplevel, text, ...entry } of rows) {
    if (id === null) count(hidden, entry);
    else if (!toplevel) count(nested, entry);
    else {
      entries.set(`${id}/${role}`, entry);
      if (text !== null) known.set(id, text);
      else if (texts && !unreadable) withoutText++;
    }
  }
  return { snapshot: { ...header!, entries }, texts: known, hidden, nested, withoutText, unreadable };
}

function count(counted: { entries: number; seconds: number }, { seconds }: EntryCounters): void {
  counted.entries++;
  counted.seconds += seconds;
}

/** A time of zero stands for "never" where the file of statistics was lost. */
const EPOCH = (column: string) => `nullif(extract(epoch FROM ${column}), 0)::float8`;

function headerQuestion({ schema, version }: StatementsExtension): string {
  const info = version >= TOPLEVEL_AND_INFO;
  return `${OURS} extract(epoch FROM pg_catalog.clock_timestamp())::float8 AS at,
       (SELECT c.system_identifier FROM pg_catalog.pg_control_system() c)::text || '/' ||
       (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())::text AS origin,
       ${info ? `(SELECT ${EPOCH('i.stats_reset')} FROM ${schema}.pg_stat_statements_info i)` : 'NULL::float8'} AS "resetAt",
       ${info ? `(SELECT i.dealloc::float8 FROM ${schema}.pg_stat_statements_info i)` : 'NULL::float8'} AS evictions`;
}

function entriesQuestion({ schema, version }: StatementsExtension, texts: boolean): string {
  const prefix = version >= IO_RENAMED_AND_SINCE ? 'shared_' : '';
  const bytes = (column: string) => `(s.${column} * b.size)::float8`;
  return `${OURS} s.queryid::text AS id, s.userid::text AS role,
       ${version >= TOPLEVEL_AND_INFO ? 's.toplevel' : 'true'} AS toplevel,
       s.calls::float8 AS calls, s.total_exec_time / 1000 AS seconds, s.max_exec_time / 1000 AS "maxSeconds",
       s.plans::float8 AS plans, s.total_plan_time / 1000 AS "planSeconds", s.rows::float8 AS rows,
       ${bytes('shared_blks_hit')} AS "cacheHit", ${bytes('shared_blks_read')} AS read,
       ${bytes('shared_blks_dirtied')} AS dirtied, ${bytes('shared_blks_written')} AS written,
       ${bytes('temp_blks_read')} AS "tempRead", ${bytes('temp_blks_written')} AS "tempWritten",
       s.wal_bytes::float8 AS log, (s.${prefix}blk_read_time + s.${prefix}blk_write_time) / 1000 AS "ioSeconds",
       ${version >= IO_RENAMED_AND_SINCE ? EPOCH('s.stats_since') : 'NULL::float8'} AS since,
       ${texts ? `pg_catalog.left(s.query, ${LONGEST_TEXT})` : 'NULL::text'} AS text
  FROM ${schema}.pg_stat_statements(${texts}) s,
       (SELECT pg_catalog.current_setting('block_size')::bigint AS size) b
 WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
}

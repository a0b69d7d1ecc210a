import { OURS, type PostgresqlConnection } from './connection.ts';
import { isUntranslatable } from './failures.ts';

/** Of all statements of this database but our own. */
export interface StatementCounts {
  readonly calls: number;
  /** In execution. */
  readonly seconds: number;
}

/** Why there are none. */
export type NoStatements = 'not installed' | 'not loaded' | 'too old' | 'not readable';

/** Why, for people: what is to be done. */
export const NO_STATEMENTS: Readonly<Record<NoStatements, string>> = {
  'not installed':
    'pg_stat_statements is not there: shared_preload_libraries, then CREATE EXTENSION pg_stat_statements',
  'not loaded':
    'pg_stat_statements is not loaded: it has to be in shared_preload_libraries, and the server to be restarted',
  'too old': 'pg_stat_statements is too old: ALTER EXTENSION pg_stat_statements UPDATE',
  'not readable':
    'A database of the server has a statement whose text is not valid in the encoding of this one (that of a SQL_ASCII database with bytes that are not UTF-8, say): the texts of pg_stat_statements cannot be read from here until it is gone (pg_stat_statements_reset)',
};

/** Where pg_stat_statements is. */
export interface StatementsExtension {
  /** Quoted. */
  readonly schema: string;
  /** Of the extension: 10 of 1.10. */
  readonly version: number;
}

/** The columns that are read came with 1.8 (PostgreSQL 13), nested statements are told apart since 1.9. */
const OLDEST = 8;
const TOPLEVEL = 9;

/**
 * Reads pg_stat_statements, which counts a statement the moment it ends. Texts are only read once, to find our own statements:
 * the server keeps them in a file. https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export class StatementWatch {
  readonly #connection: PostgresqlConnection;
  #found: StatementsExtension | NoStatements | null = null;
  #ours: readonly string[] = [];
  #evicted: number | null = null;
  /** BEGIN and COMMIT are counted. */
  #utility = true;

  constructor(connection: PostgresqlConnection) {
    this.#connection = connection;
  }

  /** Null where it is not there or our own cannot be told apart, or when entries were evicted since the first reading: then sums say nothing. */
  async read(): Promise<StatementCounts | null> {
    if (this.#found === null) await this.#begin();
    if (typeof this.#found !== 'object' || this.#found === null) return null;
    const brackets = this.#brackets();
    const { calls, seconds, evicted } = await this.#sum(this.#found);
    this.#evicted ??= evicted;
    return evicted === this.#evicted ? { calls: calls - brackets, seconds } : null;
  }

  /**
   * BEGIN and COMMIT of ours that are among the calls: since PostgreSQL 16 they share their entry with everybody's, so they are
   * taken off by number. The BEGIN of the reading itself is among the calls each time.
   */
  #brackets(): number {
    return this.#utility ? this.#connection.own.brackets : 0;
  }

  async #begin(): Promise<void> {
    const found = await findStatements(this.#connection);
    if (typeof found === 'object') {
      // Once, so that our statement has an entry that can be found.
      await this.#sum(found);
      const [tracked] = await this.#connection.query<{ utility: boolean }>(
        `${OURS} current_setting('pg_stat_statements.track_utility', true) IS DISTINCT FROM 'off'
                AND current_setting('pg_stat_statements.track', true) IS DISTINCT FROM 'none' AS utility`,
      );
      this.#utility = tracked!.utility;
      const ours = await this.#findOurs(found);
      if (ours === null) {
        this.#found = 'not readable';
        return;
      }
      this.#ours = ours;
    }
    this.#found = found;
  }

  /** Null where texts cannot be read. */
  async #findOurs({ schema }: StatementsExtension): Promise<readonly string[] | null> {
    try {
      const rows = await this.#connection.query<{ queryid: string }>(
        `${OURS} queryid::text FROM ${schema}.pg_stat_statements WHERE query LIKE $1 AND queryid IS NOT NULL`,
        [`${OURS.replace(/[%_\\]/g, '\\$&')}%`],
      );
      return rows.map(({ queryid }) => queryid);
    } catch (error) {
      if (isUntranslatable(error)) return null;
      throw error;
    }
  }

  async #sum({ schema, version }: StatementsExtension): Promise<StatementCounts & { readonly evicted: number }> {
    const toplevel = version >= TOPLEVEL ? 'AND s.toplevel' : '';
    const evicted =
      version >= TOPLEVEL ? `(SELECT dealloc FROM ${schema}.pg_stat_statements_info)::float8` : '0::float8';
    const [row] = await this.#connection.query<{ calls: number; seconds: number; evicted: number }>(
      `${OURS} coalesce(sum(s.calls), 0)::float8 AS calls, coalesce(sum(s.total_exec_time), 0) / 1000 AS seconds, ${evicted} AS evicted
         FROM ${schema}.pg_stat_statements(false) s
        WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) ${toplevel}
          AND (s.queryid IS NULL OR s.queryid <> ALL ($1::bigint[]))`,
      [this.#ours],
    );
    return row!;
  }
}

/** Where pg_stat_statements is, or why it cannot be read. */
export async function findStatements(connection: PostgresqlConnection): Promise<StatementsExtension | NoStatements> {
  const [row] = await connection.query<{ schema: string; version: string; loaded: boolean }>(
    `${OURS} pg_catalog.quote_ident(n.nspname) AS schema, e.extversion AS version,
            CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
                 THEN pg_catalog.current_setting('shared_preload_libraries') LIKE '%pg\\_stat\\_statements%'
                 ELSE pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL END AS loaded
       FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`,
  );
  if (!row) return 'not installed';
  const version = Number(/^1\.(\d+)$/.exec(row.version)?.[1] ?? Number.POSITIVE_INFINITY);
  if (version < OLDEST) return 'too old';
  return row.loaded ? { schema: row.schema, version } : 'not loaded';
}

import { OURS, type PostgresqlConnection } from '../connection.ts';

/** How the server is set, as far as it says what its logs and views can tell. */
export interface ServerSettings {
  readonly database: string;
  readonly blockSize: number;
  readonly logLinePrefix: string;
  /** Milliseconds from which on statements are logged; -1: none are. */
  readonly logMinDuration: number;
  /** Milliseconds for auto_explain; null: it is not loaded. */
  readonly explainMinDuration: number | null;
  /** pg_stat_statements.max; null: not loaded. */
  readonly most: number | null;
}

/** @throws as `connection.query` does */
export async function serverSettings(connection: Pick<PostgresqlConnection, 'query'>): Promise<ServerSettings> {
  // In milliseconds, whatever unit it is shown in.
  const number = (name: string) => `(SELECT s.setting::float8 FROM pg_catalog.pg_settings s WHERE s.name = '${name}')`;
  const [row] = await connection.query<ServerSettings & Record<string, unknown>>(
    `${OURS} pg_catalog.current_database() AS database, pg_catalog.current_setting('block_size')::int AS "blockSize",
            pg_catalog.current_setting('log_line_prefix') AS "logLinePrefix",
            coalesce(${number('log_min_duration_statement')}, -1) AS "logMinDuration",
            ${number('auto_explain.log_min_duration')} AS "explainMinDuration",
            ${number('pg_stat_statements.max')} AS most`,
  );
  return row!;
}

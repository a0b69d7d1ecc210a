import type { Json } from '../../../model/json.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { canonicalValue } from './setting-value.ts';

/** A setting, as a new session has it and as the files have it. */
export interface Found {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  /** pg_settings.context: when it can be changed. */
  readonly context: string;
  readonly source: string;
  readonly least: number | null;
  readonly most: number | null;
  /** Of an enum. */
  readonly choices: readonly string[] | null;
  /** In a new session, canonical. */
  readonly value: string;
  /** What ALTER SYSTEM has set, as written; null: nothing. */
  readonly system: string | null;
  /** The files' last word, as written; null: they say nothing, and the built-in value counts. */
  readonly configured: string | null;
  readonly builtIn: string;
  /** Our role may read the files' settings. */
  readonly canRead: boolean;
  /** What the server found wrong with the files' value; null: nothing, or it only waits for a restart. */
  readonly problem: string | null;
  /** The new session has what the files say, or it waits for a restart of the server. */
  readonly settled: boolean;
  /** ALTER ROLE or ALTER DATABASE … SET it; null: nobody. */
  readonly overriddenBy: string | null;
  readonly blockSize: number;
  /** The server is on this host. */
  readonly here: boolean;
}

/** The file's rows and the error need a superuser, or EXECUTE on pg_show_all_file_settings. */
const FILES = `SELECT f.setting, f.error, f.sourcefile LIKE '%postgresql.auto.conf' AS system, f.seqno
                 FROM pg_catalog.pg_file_settings f WHERE pg_catalog.lower(f.name) = pg_catalog.lower($1) ORDER BY f.seqno`;

interface Row {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  readonly context: string;
  readonly source: string;
  readonly least: string | null;
  readonly most: string | null;
  readonly choices: string[] | null;
  readonly value: string;
  readonly builtIn: string;
  readonly sourcefile: string | null;
  readonly canRead: boolean;
  readonly overriddenBy: string | null;
  readonly blockSize: number;
  readonly here: boolean;
}

/** Asked in a new session, because an old one may not have read the configuration again yet. Null: no such setting. */
export async function readSetting(connection: PostgresqlConnection, name: string): Promise<Found | null> {
  const { client } = await connection.openWriter();
  try {
    const { rows } = await client.query<Row>(
      `${OURS} s.name, s.vartype AS type, s.unit, s.context, s.source, s.min_val AS least, s.max_val AS most, s.enumvals AS choices,
              s.reset_val AS value, s.boot_val AS "builtIn", s.sourcefile,
              pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT') AND
              pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE') AS "canRead",
              (SELECT CASE WHEN r.setrole = 0 THEN 'ALTER DATABASE' ELSE 'ALTER ROLE' END FROM pg_catalog.pg_db_role_setting r, pg_catalog.unnest(r.setconfig) c
                WHERE (r.setrole = 0 OR r.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user))
                  AND r.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
                  AND pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) = pg_catalog.lower(s.name) LIMIT 1) AS "overriddenBy",
              pg_catalog.current_setting('block_size')::int AS "blockSize",
              coalesce(pg_catalog.inet_server_addr() <<= '127.0.0.0/8' OR pg_catalog.inet_server_addr() = '::1', true) AS here
         FROM pg_catalog.pg_settings s WHERE s.name = $1`,
      [name],
    );
    const row = rows[0];
    if (row === undefined) return null;
    const files = row.canRead
      ? (
          await client.query<{ setting: string; error: string | null; system: boolean }>(
            `SELECT /* pitwall */ * FROM (${FILES}) f`,
            [name],
          )
        ).rows
      : [];
    const configured = files.at(-1)?.setting ?? null;
    const error = files.at(-1)?.error ?? null;
    const value = canonicalValue(row.value, row) ?? row.value;
    const expected = canonicalValue(configured ?? row.builtIn, row);
    const waits = row.context === 'postmaster';
    return {
      ...row,
      least: row.least === null ? null : Number(row.least),
      most: row.most === null ? null : Number(row.most),
      value,
      system: files.findLast(({ system }) => system)?.setting ?? null,
      configured,
      // A value that a start is needed for is listed as one that "could not be applied".
      problem: waits || error === null ? null : error,
      // The built-in value of some is computed at the start (wal_buffers), or a client's own choice.
      settled:
        waits || !row.canRead || value === expected || (configured === null && row.source !== 'configuration file'),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

/** For the journal: what ALTER SYSTEM has set, and what a new session has; its value is null where only a start changes it. */
export function stateOf(found: Found): Json {
  return {
    type: found.type,
    unit: found.unit,
    system: found.system === null ? null : (canonicalValue(found.system, found) ?? found.system),
    value: found.context === 'postmaster' ? null : found.value,
  };
}

/** Why ALTER SYSTEM is not for us here: the end of a sentence; null: nothing speaks against it. */
export async function isManaged(connection: PostgresqlConnection): Promise<string | null> {
  const [row] = await connection.query<{ service: string | null; allowed: boolean }>(
    `${OURS} (SELECT CASE r.rolname WHEN 'rds_superuser' THEN 'Amazon RDS' WHEN 'cloudsqlsuperuser' THEN 'Google Cloud SQL'
                             WHEN 'azure_pg_admin' THEN 'Azure Database for PostgreSQL' WHEN 'alloydbsuperuser' THEN 'Google AlloyDB' ELSE 'a managed service' END
                FROM pg_catalog.pg_roles r WHERE r.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser') LIMIT 1) AS service,
            coalesce(pg_catalog.current_setting('allow_alter_system', true), 'on') = 'on' AS allowed`,
  );
  const { service, allowed } = row!;
  if (service !== null)
    return `this is ${service}, where settings are changed with the service's own means (parameter group, flags) and not by ALTER SYSTEM`;
  if (!allowed)
    return 'the server forbids it (allow_alter_system is off): settings are changed where its files are kept';
  return null;
}

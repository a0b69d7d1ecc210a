import { TAG } from './explain-sql.ts';

type Ask = (text: string) => Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;

/** Roles other than superusers can be given the right to set a parameter since then. */
const GRANTABLE = 150_000;

/**
 * Whether pg_stat_statements can be kept from counting what we ask: every EXPLAIN of another text is an entry of its own, and
 * there is room for so many (pg_stat_statements.max). Superusers can, and roles with GRANT SET ON PARAMETER pg_stat_statements.track.
 * https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export async function canBeQuiet(ask: Ask): Promise<boolean> {
  const { rows } = await ask(
    `SELECT ${TAG} pg_catalog.current_setting('pg_stat_statements.track', true) IS NOT NULL AS loaded,
            pg_catalog.current_setting('is_superuser')::bool AS super, pg_catalog.current_setting('server_version_num')::int AS version`,
  );
  const { loaded, super: isSuper, version } = rows[0] as { loaded: boolean; super: boolean; version: number };
  if (!loaded || isSuper || version < GRANTABLE) return loaded && isSuper;
  const { rows: rights } = await ask(
    `SELECT ${TAG} pg_catalog.has_parameter_privilege('pg_stat_statements.track', 'SET') AS may`,
  );
  return rights[0]!.may === true;
}

/** Until the transaction ends (`transaction`), or the session does. Only where `canBeQuiet` says so. */
export function quietly(until: 'transaction' | 'session'): string {
  return `pg_catalog.set_config('pg_stat_statements.track', 'none', ${until === 'transaction'})`;
}

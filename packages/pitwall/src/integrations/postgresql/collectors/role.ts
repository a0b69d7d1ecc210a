import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { RoleFact } from '../facts/server.ts';

/** Predefined roles that reach beyond the database: https://www.postgresql.org/docs/current/predefined-roles.html */
const REACHING = ['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files', 'pg_signal_backend'];

/**
 * `foreign`: functions that a planner runs (all but VOLATILE ones) and that somebody who is no superuser has written, in a
 * language that can say anything.
 */
const QUESTION = `${OURS} current_user::text AS name, pg_catalog.current_database()::text AS database, r.rolsuper AS superuser,
       current_setting('server_version_num')::int AS version,
       ARRAY(SELECT p.rolname::text FROM pg_catalog.pg_roles p
              WHERE p.rolname::text = ANY ($1::text[]) AND pg_catalog.pg_has_role(p.oid, 'USAGE') ORDER BY 1) AS powers,
       (SELECT count(*)::int FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_roles o ON o.oid = f.proowner
          JOIN pg_catalog.pg_language l ON l.oid = f.prolang
         WHERE f.provolatile <> 'v' AND NOT o.rolsuper AND l.lanname NOT IN ('internal', 'c')) AS "foreign"
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

export const role = defineCollector<PostgresqlConnection>({
  id: 'role',
  title: 'What the role that Pitwall uses may do',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection) {
    const [row] = await connection.query<RoleFact>(QUESTION, [REACHING]);
    return { facts: [fact('postgresql.role', '', row!)] };
  },
});

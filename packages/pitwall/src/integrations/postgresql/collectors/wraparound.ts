import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { WraparoundFact, XminHolder } from '../facts/schema.ts';

/** The oldest are what holds VACUUM back; the others only would, once these are gone. */
const MOST_HOLDERS = 20;

const AGES = `${OURS} datname::text AS name, age(datfrozenxid)::float8 AS "xidAge", mxid_age(datminmxid)::float8 AS "multixactAge",
       datname = current_database() AS current
  FROM pg_catalog.pg_database WHERE datallowconn OR datname = current_database()`;

/**
 * Sessions of this database or of all (a walsender's horizon counts everywhere), slots (catalog_xmin holds the catalogues), and
 * prepared transactions. Not our own session, which is over in a moment, and not those that VACUUM: VACUUM ignores them.
 */
const HOLDERS = `${OURS} * FROM (
  SELECT CASE WHEN backend_type = 'walsender' THEN 'standby feedback' ELSE 'session' END AS kind, pid::text AS name,
         greatest(age(backend_xmin), age(backend_xid))::float8 AS age, extract(epoch FROM now() - xact_start)::float8 AS seconds,
         concat_ws(', ', state, usename, nullif(application_name, ''), datname) AS detail
    FROM pg_catalog.pg_stat_activity
   WHERE pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
     AND pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_progress_vacuum) AND (datname IS NULL OR datname = current_database())
  UNION ALL
  SELECT 'replication slot', slot_name, greatest(age(xmin), age(catalog_xmin))::float8, NULL,
         concat_ws(', ', slot_type, CASE WHEN active THEN 'active' ELSE 'inactive' END, CASE WHEN xmin IS NULL THEN 'catalogues only' END)
    FROM pg_catalog.pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
  UNION ALL
  SELECT 'prepared transaction', gid, age(transaction)::float8, extract(epoch FROM now() - prepared)::float8, concat_ws(', ', owner, database)
    FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()) AS answer
 ORDER BY age DESC, kind, name LIMIT ${MOST_HOLDERS}`;

/** Where the role may not look, a session has no state. */
const HIDDEN = `${OURS} count(*)::int AS hidden FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type IS NULL`;

export const wraparound = defineCollector<PostgresqlConnection>({
  id: 'wraparound',
  title: 'Age of the oldest transactions, and what keeps VACUUM from removing dead rows',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    const ages = await connection.query<WraparoundFact & { name: string }>(AGES);
    const holders = await connection.query<XminHolder & Record<string, unknown>>(HOLDERS);
    const [{ hidden } = { hidden: 0 }] = await connection.query<{ hidden: number }>(HIDDEN);
    return {
      facts: [
        ...ages.map(({ name, ...value }) => fact('postgresql.wraparound', name, value)),
        fact('postgresql.xmin', '', { holders: holders.map((holder) => ({ ...holder })), hidden }),
      ],
      gaps:
        hidden === 0
          ? []
          : [{ what: 'postgresql.xmin', why: 'the role may not see other sessions: GRANT pg_monitor TO the role' }],
    };
  },
});

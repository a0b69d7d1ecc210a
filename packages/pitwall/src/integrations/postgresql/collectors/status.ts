import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { findStatements, NO_STATEMENTS, type NoStatements } from '../statements.ts';

/** The server as it is now; what a role may not see is null. */
interface Status {
  readonly version: string;
  readonly standby: boolean;
  readonly uptimeSeconds: number;
  readonly bytes: number | null;
  readonly maxConnections: number;
  /** Client connections of the whole server, without ours. */
  readonly connections: number;
  /** Of this database, by state; `hidden` where the role may not see it. */
  readonly states: Readonly<Record<string, number>>;
  readonly trackIoTiming: boolean;
}

/** Of sessions that a role may not see, it is not even told what kind they are. */
const CLIENTS =
  "coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL AND pid <> pg_backend_pid()";

const QUESTION = `${OURS} current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
       extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS "uptimeSeconds",
       CASE WHEN has_database_privilege(current_database(), 'CONNECT') THEN pg_database_size(current_database())::float8 END AS bytes,
       current_setting('max_connections')::int AS "maxConnections",
       current_setting('track_io_timing') = 'on' AS "trackIoTiming",
       (SELECT count(*)::int FROM pg_stat_activity WHERE ${CLIENTS}) AS connections,
       (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (
          SELECT coalesce(state, 'hidden') AS state, count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND ${CLIENTS}
           GROUP BY 1) AS counted) AS states`;

const STATES = ['active', 'idle', 'idle in transaction', 'idle in transaction (aborted)'];

export const status = defineCollector<PostgresqlConnection>({
  id: 'status',
  title: 'Version, uptime, connections by state, size of the database',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection, { environment }) {
    const [row] = await connection.query<Status & Record<string, unknown>>(QUESTION);
    const statements = await findStatements(connection);
    return {
      samples: samplesOf(row!, environment.now()),
      facts: [
        {
          kind: 'postgresql.server',
          key: '',
          value: {
            version: row!.version,
            standby: row!.standby,
            maxConnections: row!.maxConnections,
            trackIoTiming: row!.trackIoTiming,
            statements: typeof statements === 'string' ? null : statements.version,
          },
        },
      ],
      gaps: gapsOf(row!, statements),
    };
  },
});

function samplesOf({ uptimeSeconds, bytes, maxConnections, connections, states }: Status, at: number): Sample[] {
  const sample = (name: string, value: number, labels: Sample['labels'] = {}): Sample => ({
    name: `postgresql.${name}`,
    labels,
    at,
    value,
  });
  const isHidden = (states.hidden ?? 0) > 0;
  return [
    sample('uptime', uptimeSeconds),
    sample('connections.utilization', connections / maxConnections),
    // A role that sees some states only would make the others look unused.
    ...(isHidden
      ? []
      : [...new Set([...STATES, ...Object.keys(states)])].map((state) =>
          sample('connections', states[state] ?? 0, { state }),
        )),
    ...(bytes === null ? [] : [sample('database.size', bytes)]),
  ];
}

function gapsOf({ bytes, states }: Status, statements: object | NoStatements): Gap[] {
  const rights = 'the role may not see it: GRANT pg_monitor TO the role';
  return [
    ...(bytes === null ? [{ what: 'postgresql.database.size', why: rights }] : []),
    ...((states.hidden ?? 0) > 0 ? [{ what: 'postgresql.connections', why: rights }] : []),
    ...(typeof statements === 'string' ? [{ what: 'postgresql.statement.time', why: NO_STATEMENTS[statements] }] : []),
  ];
}

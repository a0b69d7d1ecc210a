import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { AutovacuumFact, CountersFact } from '../facts/schema.ts';

/**
 * A database that was never reset has no time of it, though a crash throws its counters away: since PostgreSQL 15 the
 * server-wide counters then say when that was (pgstat_reset_after_failure in the server's pgstat.c). Logical subscribers do not
 * use our indexes, and copies being made (pg_basebackup) do not ask anything.
 */
const COUNTERS = `${OURS} extract(epoch FROM now() - coalesce(
           (SELECT stats_reset FROM pg_catalog.pg_stat_database WHERE datname = current_database()),
           least((SELECT stats_reset FROM pg_catalog.pg_stat_bgwriter), (SELECT stats_reset FROM pg_catalog.pg_stat_archiver)))
         )::float8 AS age,
       extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS uptime, pg_is_in_recovery() AS "inRecovery",
       ((SELECT count(*) FROM pg_catalog.pg_stat_replication r
          WHERE coalesce(r.state, '') <> 'backup'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots l WHERE l.active_pid = r.pid AND l.slot_type = 'logical'))
        + (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical' AND NOT active AND NOT temporary))::int AS replicas`;

const setting = (name: string): string => `current_setting('${name}')::float8`;

const AUTOVACUUM = `${OURS} current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on' AS enabled,
       ${setting('autovacuum_vacuum_threshold')} AS "vacuumThreshold",
       ${setting('autovacuum_vacuum_scale_factor')} AS "vacuumScaleFactor",
       nullif(current_setting('autovacuum_vacuum_max_threshold', true)::float8, -1) AS "vacuumMaxThreshold",
       ${setting('autovacuum_analyze_threshold')} AS "analyzeThreshold",
       ${setting('autovacuum_analyze_scale_factor')} AS "analyzeScaleFactor",
       ${setting('autovacuum_freeze_max_age')} AS "freezeMaxAge",
       ${setting('autovacuum_multixact_freeze_max_age')} AS "multixactFreezeMaxAge"`;

export const counters = defineCollector<PostgresqlConnection>({
  id: 'counters',
  title: 'Age of the statistics, replicas, settings of autovacuum',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    const [age] = await connection.query<CountersFact>(COUNTERS);
    const [autovacuum] = await connection.query<AutovacuumFact>(AUTOVACUUM);
    return {
      facts: [fact('postgresql.counters', '', { ...age! }), fact('postgresql.autovacuum', '', { ...autovacuum! })],
    };
  },
});

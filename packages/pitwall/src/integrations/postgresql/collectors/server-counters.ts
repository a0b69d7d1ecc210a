import { defineCollector } from '../../../model/define.ts';
import type { Fact, Gap, Sample } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { CacheFact, CheckpointsFact, ConnectionsFact, JitFact, TempFact } from '../facts/server.ts';
import { findStatements } from '../statements.ts';
import { CLIENTS, HIDDEN, hiddenGap } from './sessions.ts';

/** Names that only newer servers have are taken from the row as JSON. */
const CONNECTIONS = `${OURS} current_setting('max_connections')::int AS "limit",
       current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
       count(*)::int AS used, count(*) FILTER (WHERE a.state = 'idle')::int AS idle,
       extract(epoch FROM avg(now() - a.backend_start))::float8 AS "averageAge", count(*) FILTER (WHERE ${HIDDEN})::int AS hidden,
       (SELECT (to_jsonb(d) ->> 'sessions')::float8 FROM pg_catalog.pg_stat_database d WHERE d.datname = current_database()) AS begun,
       extract(epoch FROM now() - pg_catalog.pg_postmaster_start_time())::float8 AS uptime
  FROM pg_catalog.pg_stat_activity a WHERE ${CLIENTS}`;

const sums = (of: string, view: string) =>
  `(SELECT jsonb_build_object('hit', coalesce(sum(${of}_blks_hit), 0) * b.size, 'read', coalesce(sum(${of}_blks_read), 0) * b.size) FROM pg_catalog.${view})`;

const CACHE = `${OURS} d.blks_hit * b.size AS hit, d.blks_read * b.size AS read,
       CASE WHEN current_setting('track_io_timing') = 'on' THEN d.blk_read_time / 1000 END AS "readSeconds",
       ${sums('heap', 'pg_statio_user_tables')} AS tables, ${sums('idx', 'pg_statio_user_indexes')} AS indexes,
       d.temp_files::float8 AS "tempFiles", d.temp_bytes::float8 AS "tempBytes"
  FROM pg_catalog.pg_stat_database d, (SELECT current_setting('block_size')::float8 AS size) b WHERE d.datname = current_database()`;

/** pg_stat_checkpointer since 17, pg_stat_bgwriter before; pg_stat_wal since 14. */
const CHECKPOINTS = {
  17: 'SELECT num_timed AS timed, num_requested AS requested, stats_reset FROM pg_catalog.pg_stat_checkpointer',
  13: 'SELECT checkpoints_timed AS timed, checkpoints_req AS requested, stats_reset FROM pg_catalog.pg_stat_bgwriter',
};
const WAL = `SELECT jsonb_build_object('bytes', w.wal_bytes, 'fullPages', w.wal_fpi * current_setting('block_size')::int, 'buffersFull', w.wal_buffers_full,
                                        'age', extract(epoch FROM now() - w.stats_reset)) FROM pg_catalog.pg_stat_wal w`;

const checkpointsSql = (version: number) =>
  `${OURS} c.timed::float8, c.requested::float8, extract(epoch FROM now() - c.stats_reset)::float8 AS age,
       ${version >= 140_000 ? `(${WAL})` : 'NULL'} AS wal FROM (${CHECKPOINTS[version >= 170_000 ? 17 : 13]}) c`;

type CacheRow = CacheFact & { readonly tempFiles: number; readonly tempBytes: number };

export const serverCounters = defineCollector<PostgresqlConnection>({
  id: 'server-counters',
  title: 'Connections, cache, temporary files, checkpoints',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection, { environment }) {
    const [server] = await connection.query<{ version: number }>(
      `${OURS} current_setting('server_version_num')::int AS version`,
    );
    const [connections] = await connection.query<ConnectionsFact>(CONNECTIONS);
    const [{ tempFiles, tempBytes, ...cache }] = (await connection.query<CacheRow & Record<string, unknown>>(
      CACHE,
    )) as [CacheRow];
    const [checkpoints] = await connection.query<CheckpointsFact>(checkpointsSql(server!.version));
    const jit = await jitOf(connection);
    const temp: TempFact = { files: tempFiles, bytes: tempBytes };
    const facts: Fact[] = [
      fact('postgresql.connections', '', { ...connections! }),
      fact('postgresql.cache', '', cache),
      fact('postgresql.temp', '', temp),
      fact('postgresql.checkpoints', '', { ...checkpoints! }),
      ...(jit === null ? [] : [fact('postgresql.jit', '', jit)]),
    ];
    const gaps: Gap[] = hiddenGap('postgresql.connections', connections!.hidden);
    return { facts, gaps, samples: samplesOf(cache, checkpoints!, environment.now()) };
  },
});

/** Seconds that compiling took, next to those of execution (which it is part of). Since pg_stat_statements 1.10. */
async function jitOf(connection: PostgresqlConnection): Promise<JitFact | null> {
  const statements = await findStatements(connection);
  if (typeof statements === 'string' || statements.version < 10) return null;
  const [row] = await connection.query<JitFact>(
    `${OURS} coalesce(sum(s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time), 0)::float8 / 1000 AS compiling,
            coalesce(sum(s.total_exec_time), 0)::float8 / 1000 AS executing
       FROM ${statements.schema}.pg_stat_statements(false) s
      WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
  );
  return row ? { ...row } : null;
}

function samplesOf(cache: CacheFact, { timed, requested }: CheckpointsFact, at: number): Sample[] {
  const share = (name: string, part: number, rest: number): Sample[] =>
    part + rest > 0 ? [{ name: `postgresql.${name}`, labels: {}, at, value: part / (part + rest) }] : [];
  return [...share('cache.hit', cache.hit, cache.read), ...share('checkpoints.requested', requested, timed)];
}

import { defineCollector } from '../../../model/define.ts';
import type { Sample } from '../../../model/observation.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { TableFact } from '../facts/schema.ts';
import { nameOf } from '../identifiers.ts';
import { MOST_TABLES, readFact, readTop } from './relations.ts';

type Row = Omit<TableFact, 'parent'> & {
  readonly total: number;
  readonly parentSchema: string | null;
  readonly parentName: string | null;
};

const ago = (column: string): string => `extract(epoch FROM now() - s.${column})::float8`;

/** Columns that only newer servers have are taken by name from the row as JSON. */
const question = (bytesOf: (alias: string) => string): string => `
  SELECT t.total, t.schema, c.relname::text AS name,
         CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
         pn.nspname::text AS "parentSchema", p.relname::text AS "parentName",
         CASE WHEN c.reltuples < 0 THEN NULL
              WHEN c.reltuples = 0 AND c.relpages = 0 AND c.relkind <> 'p' AND current_setting('server_version_num')::int < 140000 THEN NULL
              ELSE c.reltuples::float8 END AS rows,
         coalesce(s.n_live_tup, 0)::float8 AS "liveRows", coalesce(s.n_dead_tup, 0)::float8 AS "deadRows",
         coalesce(s.n_mod_since_analyze, 0)::float8 AS "modifiedRows",
         coalesce(s.n_ins_since_vacuum, 0)::float8 AS "insertedRows",
         ${bytesOf('c')} AS bytes, CASE WHEN toast.oid IS NULL THEN 0 ELSE ${bytesOf('toast')} END AS "toastBytes",
         coalesce(s.seq_scan, 0)::float8 AS "seqScans", coalesce(s.seq_tup_read, 0)::float8 AS "seqRowsRead",
         coalesce(s.idx_scan, 0)::float8 AS "indexScans", coalesce(s.idx_tup_fetch, 0)::float8 AS "indexRowsFetched",
         coalesce(s.n_tup_ins, 0)::float8 AS inserts, coalesce(s.n_tup_upd, 0)::float8 AS updates,
         coalesce(s.n_tup_del, 0)::float8 AS deletes, coalesce(s.n_tup_hot_upd, 0)::float8 AS "hotUpdates",
         (to_jsonb(s) ->> 'n_tup_newpage_upd')::float8 AS "newPageUpdates",
         ${ago('last_vacuum')} AS "vacuumedAgo", ${ago('last_autovacuum')} AS "autovacuumedAgo",
         ${ago('last_analyze')} AS "analyzedAgo", ${ago('last_autoanalyze')} AS "autoanalyzedAgo",
         coalesce(s.vacuum_count, 0)::float8 AS vacuums, coalesce(s.autovacuum_count, 0)::float8 AS autovacuums,
         coalesce(s.analyze_count, 0)::float8 AS analyzes, coalesce(s.autoanalyze_count, 0)::float8 AS autoanalyzes,
         coalesce((o.options ->> 'fillfactor')::int, 100) AS fillfactor, coalesce(o.options, '{}') AS options,
         CASE WHEN c.relkind <> 'p' THEN greatest(age(c.relfrozenxid), age(toast.relfrozenxid)) END AS "xidAge",
         CASE WHEN c.relkind <> 'p' THEN greatest(mxid_age(c.relminmxid), mxid_age(toast.relminmxid)) END AS "multixactAge",
         EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS "primaryKey",
         CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'default' END AS "replicaIdentity"
    FROM top t JOIN pg_catalog.pg_class c ON c.oid = t.oid
    LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
    LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
    LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
    LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN LATERAL (SELECT jsonb_object_agg(x.option_name, x.option_value) AS options
                         FROM pg_catalog.pg_options_to_table(c.reloptions) x) o ON true
   ORDER BY t.weight DESC, t.oid`;

/** Tables by size, with what the statistics views count of them. `most`: for tests. */
export function tablesUpTo(most: number) {
  return defineCollector<PostgresqlConnection>({
    id: 'tables',
    title: 'Tables: rows, sizes, scans, updates, VACUUM and ANALYZE',
    kind: 'collector',
    timeLimit: 20,
    async collect(connection, { environment }) {
      const { rows, estimated } = await readTop<Row>(connection, question, [most]);
      const total = rows[0]?.total ?? 0;
      const { facts, gaps } = readFact('tables', 'postgresql.table', rows.length, total - rows.length);
      const sizes = { what: 'postgresql.table', why: 'sizes are those of the last VACUUM: asking took too long' };
      return {
        samples: samplesOf(rows, environment.now()),
        facts: [...facts, ...rows.map((row) => fact('postgresql.table', nameOf(row.schema, row.name), factOf(row)))],
        gaps: estimated ? [...gaps, sizes] : gaps,
      };
    },
  });
}

export const tables = tablesUpTo(MOST_TABLES);

function factOf({ total: _, parentSchema, parentName, ...row }: Row): TableFact {
  return { ...row, parent: parentSchema === null || parentName === null ? null : nameOf(parentSchema, parentName) };
}

function samplesOf(rows: readonly Row[], at: number): Sample[] {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const sample = (name: string, value: number): Sample => ({ name: `postgresql.${name}`, labels: {}, at, value });
  const [live, dead, updates] = [sum((row) => row.liveRows), sum((row) => row.deadRows), sum((row) => row.updates)];
  return [
    sample(
      'table.size',
      sum((row) => row.bytes + row.toastBytes),
    ),
    ...(live + dead > 0 ? [sample('rows.dead', dead / (live + dead))] : []),
    ...(updates > 0 ? [sample('updates.hot', sum((row) => row.hotUpdates) / updates)] : []),
  ];
}

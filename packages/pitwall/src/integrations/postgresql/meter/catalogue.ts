import type { Sample } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { partsOf } from '../identifiers.ts';

/** What a change may ask the meter for besides times: sums over the application's tables, read from the catalogues. */
export const MEASURES = ['postgresql.index.size', 'postgresql.rows.dead', 'postgresql.updates.hot'] as const;
export type Measure = (typeof MEASURES)[number];

/** Of tables outside of the server's own schemas. Where there is nothing to divide by there is no value. */
const SQL: Readonly<Record<Measure, string>> = {
  'postgresql.index.size': `SELECT coalesce(sum(pg_catalog.pg_relation_size(i.indexrelid)), 0)::float8
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  'postgresql.rows.dead':
    'SELECT (sum(n_dead_tup) / nullif(sum(n_live_tup + n_dead_tup), 0))::float8 FROM pg_catalog.pg_stat_user_tables',
  'postgresql.updates.hot':
    'SELECT (sum(n_tup_hot_upd) / nullif(sum(n_tup_upd), 0))::float8 FROM pg_catalog.pg_stat_user_tables',
};

export async function measure(
  connection: PostgresqlConnection,
  names: ReadonlySet<Measure>,
  at: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const name of names) {
    const [row] = await connection.query<{ value: number | null }>(`${OURS} (${SQL[name]}) AS value`);
    if (row && row.value !== null) samples.push({ name, labels: {}, at, value: row.value });
  }
  return samples;
}

/** With all its parts where it is that of a partitioned table; of one that is not there 0. */
const INDEX_BYTES = `WITH RECURSIVE parts (oid) AS (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('i', 'I')
    UNION ALL SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN parts p ON p.oid = h.inhparent)
  SELECT coalesce(sum(pg_catalog.pg_relation_size(oid)), 0)::float8 FROM parts`;

/**
 * Bytes of each index, labelled with its name. One that was dropped takes 0 bytes: that is a measurement, and no gap.
 * @param names `schema.index`, as `nameOf` writes them
 */
export async function indexSizes(
  connection: PostgresqlConnection,
  names: ReadonlySet<string>,
  at: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const index of names) {
    const rows = await connection.query<{ value: number }>(`${OURS} (${INDEX_BYTES}) AS value`, partsOf(index) ?? []);
    for (const { value } of rows) samples.push({ name: 'postgresql.index.size', labels: { index }, at, value });
  }
  return samples;
}

import type { AnalysisSession } from '../analysis.ts';
import { OURS } from '../connection.ts';
import type { ColumnStatisticsFact } from '../facts/estimates.ts';
import { nameOf } from '../identifiers.ts';

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly target: number;
  readonly common: number;
  readonly least: number | null;
  readonly bounds: number;
  readonly distinct: number;
}

/** Extended statistics of a table that are of columns alone. */
interface Extended {
  readonly name: string;
  readonly columns: ReadonlySet<string>;
  /** As pg_statistic_ext.stxkind has them: d, f, m. */
  readonly kinds: ReadonlySet<string>;
}

/** $1, $2: schemas and tables. A target of its own is -1 before PostgreSQL 17, and null from then on, where there is none. */
const COLUMNS = `${OURS} n.nspname AS schema, c.relname AS table, a.attname AS column,
       coalesce(nullif(a.attstattarget, -1), pg_catalog.current_setting('default_statistics_target')::int)::int AS target,
       coalesce(pg_catalog.cardinality(s.most_common_freqs), 0)::int AS common,
       s.most_common_freqs[pg_catalog.cardinality(s.most_common_freqs)]::float8 AS least,
       coalesce(pg_catalog.array_length(s.histogram_bounds, 1), 0)::int AS bounds, s.n_distinct::float8 AS distinct
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                            AND s.inherited = (c.relkind = 'p')`;

const EXTENDED = `${OURS} tn.nspname AS schema, t.relname AS table, s.stxname AS name, s.stxkind::text[] AS kinds,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (s.stxkeys::int2[])) AS columns
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)
  JOIN pg_catalog.pg_namespace tn ON tn.nspname = w.schema
  JOIN pg_catalog.pg_class t ON t.relnamespace = tn.oid AND t.relname = w.name
  JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = t.oid ORDER BY s.stxname`;

export interface TableId {
  readonly schema: string;
  readonly name: string;
}

const parameters = (tables: readonly TableId[]) => [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];

/** By table (as `nameOf` writes it) and column; `rowsOf` tells how many rows the planner counts. @throws as `session.query` */
export async function columnStatistics(
  session: AnalysisSession,
  tables: readonly TableId[],
  rowsOf: (table: string) => number,
): Promise<ReadonlyMap<string, ReadonlyMap<string, ColumnStatisticsFact>>> {
  const found = new Map<string, Map<string, ColumnStatisticsFact>>();
  if (tables.length === 0) return found;
  for (const row of await session.query<ColumnRow>(COLUMNS, parameters(tables))) {
    const key = nameOf(row.schema, row.table);
    const { target, common, least, bounds } = row;
    const rows = rowsOf(key);
    // Negative: a share of the rows (https://www.postgresql.org/docs/current/view-pg-stats.html).
    const distinct = row.distinct === 0 ? null : row.distinct < 0 ? -row.distinct * rows : row.distinct;
    const columns = found.get(key) ?? new Map<string, ColumnStatisticsFact>();
    found.set(key, columns.set(row.column, { target, common, leastCommon: least, bounds, distinct, rows }));
  }
  return found;
}

/** By table. @throws as `session.query` */
export async function extendedStatisticsOf(
  session: AnalysisSession,
  tables: readonly TableId[],
): Promise<ReadonlyMap<string, readonly Extended[]>> {
  const found = new Map<string, Extended[]>();
  if (tables.length === 0) return found;
  interface Row {
    readonly schema: string;
    readonly table: string;
    readonly name: string;
    readonly kinds: readonly string[];
    readonly columns: readonly string[];
  }
  for (const { schema, table, name, kinds, columns } of await session.query<Row>(EXTENDED, parameters(tables))) {
    const key = nameOf(schema, table);
    const list = found.get(key) ?? [];
    list.push({ name: nameOf(schema, name), columns: new Set(columns), kinds: new Set(kinds) });
    found.set(key, list);
  }
  return found;
}

import { USER_SCHEMA } from '../collectors/relations.ts';
import { OURS } from '../connection.ts';

/** What is read from pg_catalog for the advisor: one question a kind, for all tables together. */
export interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** r, p, m as in pg_class.relkind. */
  readonly kind: string;
  readonly rows: number;
  readonly bytes: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly hotUpdates: number;
  /** Schema and name of each partition that holds rows; none for a plain table. */
  readonly leaves: readonly (readonly [schema: string, name: string])[];
}

export interface ColumnRow {
  readonly oid: number;
  readonly name: string;
  readonly type: string;
  /** Bytes; -1: not fixed. */
  readonly length: number;
  readonly align: string;
  readonly dedup: boolean;
  readonly width: number | null;
  readonly distinct: number | null;
  readonly nulls: number | null;
}

export interface IndexRow {
  readonly oid: number;
  readonly name: string;
  readonly method: string;
  readonly unique: boolean;
  readonly needed: boolean;
  readonly valid: boolean;
  readonly bytes: number;
  readonly definition: string;
  readonly where: string | null;
  readonly include: readonly string[];
  readonly keys: readonly {
    readonly column: string | null;
    readonly expression: string | null;
    readonly desc: boolean;
    readonly nullsFirst: boolean;
    readonly collate: string | null;
    readonly opclass: string | null;
  }[];
}

/**
 * $1, $2: schema (null: the first of the search path that has it) and name of each. A partitioned table is what its leaves
 * are together; the server's own and temporary ones are none. Rows as the planner counts them: the density that ANALYZE found times the pages that there are.
 * Each name is one look into the index on (relname, relnamespace), whatever other schemas have of that name: hundreds of tenants
 * have the same ones, and the planner knows nothing of catalogues that were never analysed.
 * @param bytes of a leaf `l`
 */
export const RELATIONS = (bytes: string): string => `${OURS} * FROM (
  WITH places AS MATERIALIZED (
    SELECT n.oid, n.nspname::text AS name FROM pg_catalog.pg_namespace n),
  path AS MATERIALIZED (
    SELECT n.oid, s.at FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) WITH ORDINALITY AS s (name, at)
      JOIN places n ON n.name = s.name::text),
  wanted AS MATERIALIZED (
    SELECT DISTINCT w.schema, w.name FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)),
  found AS MATERIALIZED (
    SELECT (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname = w.name AND c.relnamespace = n.oid) AS oid
      FROM wanted w JOIN places n ON n.name = w.schema
     UNION
    SELECT (SELECT c.oid FROM path s JOIN pg_catalog.pg_class c ON c.relname = w.name AND c.relnamespace = s.oid
             ORDER BY s.at LIMIT 1)
      FROM wanted w WHERE w.schema IS NULL),
  named AS MATERIALIZED (
    SELECT f.oid, n.nspname, c.relname, c.relkind
      FROM found f
      JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind IN ('r', 'p', 'm')
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USER_SCHEMA}),
  leaves AS MATERIALIZED (
    SELECT c.oid AS "of", c.oid FROM named c WHERE c.relkind <> 'p'
     UNION ALL
    SELECT c.oid, p.relid::oid FROM named c CROSS JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) p WHERE c.relkind = 'p' AND p.isleaf)
  SELECT c.oid::int8::float8 AS oid, c.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
         coalesce(sum(CASE WHEN l.reltuples >= 0 AND l.relpages > 0 THEN l.reltuples * l.bytes / (l.relpages * l.size)
                           WHEN l.live > 0 THEN l.live ELSE greatest(l.reltuples, 0) END), 0)::float8 AS rows,
         coalesce(sum(l.bytes), 0)::float8 AS bytes,
         coalesce(sum(pg_catalog.pg_stat_get_tuples_inserted(l.oid)), 0)::float8 AS inserts,
         coalesce(sum(pg_catalog.pg_stat_get_tuples_updated(l.oid)), 0)::float8 AS updates,
         coalesce(sum(pg_catalog.pg_stat_get_tuples_deleted(l.oid)), 0)::float8 AS deletes,
         coalesce(sum(pg_catalog.pg_stat_get_tuples_hot_updated(l.oid)), 0)::float8 AS "hotUpdates",
         coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(l.nspname, l.relname)) FILTER (WHERE c.relkind = 'p' AND l.oid IS NOT NULL), '[]') AS leaves
    FROM named c
    LEFT JOIN (SELECT f."of", l.oid, l.relname, n.nspname, l.reltuples, l.relpages, b.size, (${bytes})::float8 AS bytes,
                      pg_catalog.pg_stat_get_live_tuples(l.oid) AS live
                 FROM leaves f
                 JOIN pg_catalog.pg_class l ON l.oid = f.oid AND l.relkind IN ('r', 'm')
                 JOIN pg_catalog.pg_namespace n ON n.oid = l.relnamespace
                CROSS JOIN (SELECT pg_catalog.current_setting('block_size')::float8 AS size) b) l ON l."of" = c.oid
   GROUP BY c.oid, c.nspname, c.relname, c.relkind ORDER BY c.nspname, c.relname) AS answer`;

/**
 * $1: tables. Types whose equal values may differ in their bytes are kept as often as they come:
 * https://www.postgresql.org/docs/current/btree-implementation.html#BTREE-DEDUPLICATION
 */
export const COLUMNS = `${OURS} a.attrelid::int8::float8 AS oid, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       a.attlen::int AS length, a.attalign::text AS align,
       (ty.typcategory NOT IN ('A', 'R', 'C') AND ty.typname NOT IN ('numeric', 'float4', 'float8', 'jsonb')
         AND coalesce(co.collisdeterministic, true)) AS dedup,
       s.avg_width::int AS width, s.n_distinct::float8 AS distinct, s.null_frac::float8 AS nulls
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                                 AND s.inherited = (c.relkind = 'p')
 WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum`;

/**
 * $1: tables. A collation that is the column's own, and an operator class that is its type's default, are told as null. A key
 * that is a column is told by its name, any other as the server writes the expression, without parentheses around it.
 */
export const INDEXES = `${OURS} i.indrelid::int8::float8 AS oid, c.relname AS name, am.amname AS method, i.indisunique AS unique,
       (i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
         OR EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)) AS needed,
       (i.indisvalid AND i.indisready) AS valid,
       (CASE WHEN c.relkind = 'I' THEN 0 ELSE c.relpages * pg_catalog.current_setting('block_size')::float8 END) AS bytes,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS "where",
       ARRAY(SELECT a.attname::text FROM pg_catalog.generate_series(i.indnkeyatts, i.indnatts - 1) AS at
               JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[at] ORDER BY at) AS include,
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                 'column', a.attname,
                 'expression', CASE WHEN a.attname IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid, at + 1, true) END,
                 'desc', (i.indoption[at] & 1) = 1, 'nullsFirst', (i.indoption[at] & 2) = 2,
                 'collate', CASE WHEN i.indcollation[at] <> 0 AND i.indcollation[at] IS DISTINCT FROM coalesce(a.attcollation, i.indcollation[at])
                            THEN (SELECT co.collname FROM pg_catalog.pg_collation co WHERE co.oid = i.indcollation[at]) END,
                 'opclass', (SELECT op.opcname FROM pg_catalog.pg_opclass op WHERE op.oid = i.indclass[at] AND NOT op.opcdefault))
                 ORDER BY at)
          FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS at
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[at] AND i.indkey[at] <> 0) AS keys
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = c.relam
 WHERE i.indrelid = ANY ($1::oid[])
 ORDER BY i.indrelid, c.relname`;

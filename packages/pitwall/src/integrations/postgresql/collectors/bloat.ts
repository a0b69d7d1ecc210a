import { defineCollector } from '../../../model/define.ts';
import type { Fact } from '../../../model/observation.ts';
import { counted } from '../../../model/plural.ts';
import { btreeBytes, type StoredColumn, tableBytes } from '../bloat-estimate.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import { nameOf } from '../identifiers.ts';
import { readFact, readTop } from './relations.ts';

/** Of these the bloat is estimated: what is smaller is not worth rewriting. Bytes. */
const LEAST_BYTES = 2 ** 20;
/** Tables: the largest. */
const MOST = 500;

interface Row {
  readonly of: 'table' | 'index';
  readonly schema: string;
  readonly name: string;
  readonly tableName: string;
  readonly bytes: number;
  /** As of the last VACUUM or ANALYZE. */
  readonly pages: number;
  readonly rows: number;
  readonly fillfactor: number | null;
  readonly deduplicates: boolean;
  readonly pageBytes: number;
  readonly columns: readonly StoredColumn[];
}

const columnJson = `jsonb_agg(jsonb_build_object('length', a.attlen, 'nulls', coalesce(w.null_frac, 0), 'width', w.avg_width,
      'distinct', w.n_distinct, 'align', CASE a.attalign WHEN 'c' THEN 1 WHEN 's' THEN 2 WHEN 'i' THEN 4 ELSE 8 END) ORDER BY a.attnum)`;

const optionOf = (relation: string, name: string): string =>
  `(SELECT option_value FROM pg_catalog.pg_options_to_table(${relation}.reloptions) WHERE option_name = '${name}')`;

/** amprocnum 4: the operator class says when equal values look the same (BTEQUALIMAGE_PROC): only then does a B-tree deduplicate. */
const question = (bytesOf: (alias: string) => string): string => `,
  widths AS MATERIALIZED (
    SELECT schemaname, tablename, attname, avg_width, null_frac, n_distinct FROM pg_catalog.pg_stats
     WHERE NOT inherited AND schemaname <> 'pg_catalog' AND schemaname <> 'information_schema'),
  large AS MATERIALIZED (
    SELECT t.*, c.relname, c.relpages, c.reltuples, c.reloptions FROM top t JOIN pg_catalog.pg_class c ON c.oid = t.oid
     WHERE c.relkind IN ('r', 'm') AND c.reltuples > 0 AND c.relpages * current_setting('block_size')::float8 >= ${LEAST_BYTES})
  SELECT 'table' AS of, l.schema, l.relname::text AS name, l.relname::text AS "tableName", ${bytesOf('l')} AS bytes,
         l.relpages::float8 AS pages, l.reltuples::float8 AS rows, ${optionOf('l', 'fillfactor')}::float8 AS fillfactor,
         false AS deduplicates, current_setting('block_size')::float8 AS "pageBytes", k.columns
    FROM large l CROSS JOIN LATERAL (
      SELECT ${columnJson} AS columns FROM pg_catalog.pg_attribute a
        LEFT JOIN widths w ON w.schemaname = l.schema AND w.tablename = l.relname AND w.attname = a.attname
       WHERE a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped) AS k
  UNION ALL
  SELECT 'index', l.schema, c.relname::text, l.relname::text, ${bytesOf('c')}, c.relpages::float8, c.reltuples::float8,
         ${optionOf('c', 'fillfactor')}::float8,
         NOT i.indisunique AND i.indnatts = i.indnkeyatts AND coalesce(${optionOf('c', 'deduplicate_items')}::boolean, true)
           AND NOT EXISTS (SELECT FROM unnest(i.indclass::oid[]) AS k (opclass) JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
                            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = o.opcfamily
                                                 AND p.amproclefttype = o.opcintype AND p.amprocnum = 4)),
         current_setting('block_size')::float8, k.columns
    FROM large l JOIN pg_catalog.pg_index i ON i.indrelid = l.oid AND i.indisvalid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'btree'
    CROSS JOIN LATERAL (
      SELECT ${columnJson} AS columns FROM pg_catalog.pg_attribute a
        LEFT JOIN pg_catalog.pg_attribute ta ON ta.attrelid = l.oid AND ta.attnum = i.indkey[a.attnum - 1] AND ta.attnum <> 0
        LEFT JOIN widths w ON w.schemaname = l.schema AND w.tablename = CASE WHEN ta.attname IS NULL THEN c.relname ELSE l.relname END
                          AND w.attname = coalesce(ta.attname, a.attname)
       WHERE a.attrelid = c.oid AND a.attnum > 0) AS k
   WHERE c.reltuples > 0 AND c.relpages * current_setting('block_size')::float8 >= ${LEAST_BYTES}`;

export const bloat = defineCollector<PostgresqlConnection>({
  id: 'bloat',
  title: 'Free and dead space in tables and B-tree indexes, estimated',
  kind: 'collector',
  timeLimit: 20,
  async collect(connection) {
    const { rows } = await readTop<Row & Record<string, unknown>>(connection, question, [MOST]);
    const found = rows.flatMap((row) => bloatFact(row) ?? []);
    const unknown = rows.length - found.length;
    const { facts } = readFact('bloat', 'postgresql.bloat', found.length, 0);
    return {
      facts: [...facts, ...found],
      gaps:
        unknown === 0
          ? []
          : [
              {
                what: 'postgresql.bloat',
                why: `of ${counted(unknown, 'table or index', 'tables and indexes')} it cannot be estimated: they were never analysed, or the role may not read their statistics (GRANT pg_read_all_data TO it)`,
              },
            ],
    };
  },
});

/** What was written down is of the last VACUUM: the same density is taken for the pages there are now, as the planner does. */
function bloatFact(row: Row): Fact | null {
  const { schema, name, of, bytes, pageBytes } = row;
  const needed =
    of === 'table'
      ? tableBytes(row.rows, row.columns, row.fillfactor ?? 100, pageBytes)
      : btreeBytes(row.rows, row.columns, { ...row, fillfactor: row.fillfactor ?? 90 });
  if (needed === null || row.pages === 0) return null;
  const neededBytes = Math.min(bytes, Math.round((needed * bytes) / (row.pages * pageBytes)));
  const table = of === 'index' ? nameOf(schema, row.tableName) : null;
  return fact('postgresql.bloat', nameOf(schema, name), { schema, name, of, table, bytes, neededBytes });
}

import { defineCollector } from '../../../model/define.ts';
import type { Gap } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { ForeignKeyFact } from '../facts/schema.ts';
import { type ServingIndex, servesForeignKey } from '../foreign-key.ts';
import { nameOf } from '../identifiers.ts';
import { LOCKED, LOCKED_TABLES, lockedGap, MOST_TABLES, NOT_LOCKED, readFact, readTop } from './relations.ts';

interface Row {
  readonly oid: number;
  /** Of the constraint of the partitioned table that it was made for; 0 for none. */
  readonly root: number;
  readonly child: number;
  readonly partitioned: boolean;
  readonly leftOut: number;
  readonly locked: number;
  readonly schema: string;
  readonly tableName: string;
  readonly constraint: string;
  readonly columns: readonly string[];
  readonly parentSchema: string;
  readonly parentName: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly childRows: number | null;
  readonly childBytes: number;
  readonly parentDeletes: number;
  readonly parentUpdates: number;
  readonly indexes: readonly ServingIndex[];
}

const names = (relation: string, numbers: string): string => `
  (SELECT coalesce(jsonb_agg(a.attname ORDER BY k.place), '[]') FROM unnest(${numbers}) WITH ORDINALITY AS k (attnum, place)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.attnum)`;

const action = (column: string): string =>
  `CASE ${column} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END`;

/** Of the tables in `top`, where `condition` holds. Those that are not enforced (since PostgreSQL 18) look nothing up. */
const question = (condition: string): string => `
  SELECT f.oid::int8::float8 AS oid, f.conparentid::int8::float8 AS root, f.conrelid::int8::float8 AS child,
         c.relkind = 'p' AS partitioned, t.total - (SELECT count(*) FROM top)::int AS "leftOut", ${LOCKED}, t.schema,
         c.relname::text AS "tableName", f.conname::text AS constraint, ${names('f.conrelid', 'f.conkey')} AS columns,
         pn.nspname::text AS "parentSchema", p.relname::text AS "parentName", ${names('f.confrelid', 'f.confkey')} AS "parentColumns",
         ${action('f.confdeltype')} AS "onDelete", ${action('f.confupdtype')} AS "onUpdate",
         CASE WHEN c.reltuples > 0 THEN c.reltuples::float8
              WHEN pg_catalog.pg_stat_get_live_tuples(c.oid) > 0 THEN pg_catalog.pg_stat_get_live_tuples(c.oid)::float8
              WHEN c.reltuples = 0 THEN 0 END AS "childRows",
         c.relpages::float8 * current_setting('block_size')::float8 AS "childBytes",
         pg_catalog.pg_stat_get_tuples_deleted(p.oid)::float8 AS "parentDeletes",
         pg_catalog.pg_stat_get_tuples_updated(p.oid)::float8 AS "parentUpdates", i.indexes
    FROM top t JOIN pg_catalog.pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f'
    JOIN pg_catalog.pg_class c ON c.oid = f.conrelid JOIN pg_catalog.pg_class p ON p.oid = f.confrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_agg(jsonb_build_object('method', am.amname, 'valid', i.indisvalid AND i.indisready,
               'where', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
               'columns', ${names('i.indrelid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')})), '[]') AS indexes
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am am ON am.oid = x.relam
       WHERE i.indrelid = f.conrelid AND i.indislive) AS i
   WHERE ${NOT_LOCKED} AND coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true) AND ${condition}
   ORDER BY t.weight DESC, f.oid`;

export const foreignKeys = defineCollector<PostgresqlConnection>({
  id: 'foreign-keys',
  title: 'Foreign keys, and which have an index',
  kind: 'collector',
  timeLimit: 20,
  async collect(connection) {
    const { rows } = await readTop<Row & Record<string, unknown>>(connection, () => question('true'), [MOST_TABLES]);
    const found = foreignKeysOf(rows);
    const kind = 'postgresql.foreign-key';
    const { facts, gaps } = readFact('foreign keys', kind, found.length, rows[0]?.leftOut ?? 0);
    const key = (one: ForeignKeyFact) => nameOf(one.schema, one.tableName, one.constraint);
    return {
      facts: [...facts, ...found.map((one) => fact(kind, key(one), one))],
      gaps: [...gaps, ...lockedGap(kind, rows[0]?.locked ?? 0)],
    };
  },
});

/**
 * `deleted`: the tables of $1 and, if $2, those whose rows go with theirs (ON DELETE CASCADE). `top`: tables that refer to any of
 * them, $3 at most.
 */
const REFERRING = `RECURSIVE deleted (oid) AS (
    SELECT parent::int8::oid FROM unnest($1::float8[]) AS parent
    UNION
    SELECT f.conrelid FROM deleted d JOIN pg_catalog.pg_constraint f ON f.confrelid = d.oid
     WHERE f.contype = 'f' AND f.confdeltype = 'c' AND $2::boolean),
  top AS MATERIALIZED (
    SELECT c.oid, n.nspname::text AS schema, c.relpages::float8 AS weight, count(*) OVER ()::int AS total
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid IN (SELECT f.conrelid FROM pg_catalog.pg_constraint f JOIN deleted d ON d.oid = f.confrelid WHERE f.contype = 'f')
     ORDER BY weight DESC, c.oid LIMIT $3),
  ${LOCKED_TABLES}`;

interface Referring {
  readonly keys: readonly ForeignKeyFact[];
  /** Why some of them may be missing. */
  readonly gaps: readonly Gap[];
}

/**
 * Foreign keys that refer to these tables (oids). `cascades`: and those that refer to tables whose rows are deleted with theirs.
 * Waits for nobody's lock. @throws PitwallError as `query`
 */
export async function foreignKeysTo(
  { query }: Pick<PostgresqlConnection, 'query'>,
  tables: readonly number[],
  cascades: boolean,
): Promise<Referring> {
  const referring = question('f.confrelid IN (SELECT oid FROM deleted)');
  // One row at least: all of them may be locked.
  const rows = await query<(Row | { readonly oid: null }) & { readonly waiting: number }>(
    `${OURS} * FROM (WITH ${REFERRING}
      SELECT * FROM (SELECT ${LOCKED}) AS l (waiting) LEFT JOIN (${referring}) AS k ON true) AS answer`,
    [tables, cascades, MOST_TABLES],
  );
  return {
    keys: foreignKeysOf(rows.filter((row): row is Row & { readonly waiting: number } => row.oid !== null)),
    gaps: lockedGap('foreign keys', rows[0]?.waiting ?? 0),
  };
}

/**
 * One for each that somebody wrote: the server makes more of them for partitions. On a partitioned child every partition
 * needs an index, of the partitioned table or of its own; on a partitioned parent the child is the same.
 */
function foreignKeysOf(rows: readonly Row[]): ForeignKeyFact[] {
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const parts = new Map<number, Row[]>();
  for (const row of rows) {
    let root = row;
    for (let above = byOid.get(row.root); above; above = byOid.get(above.root)) root = above;
    if (root !== row && root.child !== row.child && !row.partitioned)
      parts.set(root.oid, [...(parts.get(root.oid) ?? []), row]);
  }
  const hasIndex = ({ indexes, columns }: Row) => indexes.some((index) => servesForeignKey(index, columns));
  return rows
    .filter((row) => !byOid.has(row.root))
    .map((row) => {
      const partitions = parts.get(row.oid) ?? [];
      const sum = (of: (part: Row) => number) => partitions.reduce((total, part) => total + of(part), of(row));
      return {
        schema: row.schema,
        table: nameOf(row.schema, row.tableName),
        tableName: row.tableName,
        constraint: row.constraint,
        columns: row.columns,
        parent: nameOf(row.parentSchema, row.parentName),
        parentColumns: row.parentColumns,
        onDelete: row.onDelete,
        onUpdate: row.onUpdate,
        covered: hasIndex(row) || (partitions.length > 0 && partitions.every(hasIndex)),
        childRows: row.partitioned ? sum((part) => (part.partitioned ? 0 : (part.childRows ?? 0))) : row.childRows,
        childBytes: sum((part) => part.childBytes),
        parentDeletes: row.parentDeletes,
        parentUpdates: row.parentUpdates,
      };
    });
}

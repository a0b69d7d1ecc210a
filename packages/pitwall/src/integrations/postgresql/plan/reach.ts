import { type Change, rowsOf } from '../../_sql/beyond-text.ts';
import { type ChainKey, chainsOf, type LookUp, type Reached } from '../../_sql/foreign-key-chain.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { nameOf } from '../identifiers.ts';
import { changesOf, type Target } from './targets.ts';

/** Foreign keys that are read: of a schema that has more, the oldest. */
const MOST_KEYS = 5000;

/** A foreign key as the catalogue has it. */
interface CatalogKey extends ChainKey {
  readonly constraint: string;
  readonly parentOid: number;
}

interface Reach {
  /** What happens to rows: what the statement does, and what follows from foreign keys. */
  readonly changes: readonly Change[];
  readonly lookUps: readonly LookUp<CatalogKey>[];
  readonly oids: ReadonlyMap<string, number>;
  readonly cut: boolean;
}

/** What the writes come to by the actions of foreign keys. From the catalogue alone: waits for nobody's lock. @throws as `query` */
export async function reachOf(query: PostgresqlConnection['query'], targets: readonly Target[]): Promise<Reach> {
  const own = changesOf(targets);
  const oids = new Map(targets.map(({ table, oid }) => [table, oid]));
  const isChange = (change: Change): change is Reached => change.kind !== 'insert';
  const changes = own.filter(isChange).filter(({ kind, columns }) => kind === 'delete' || columns.length > 0);
  const from = [...new Set(changes.map(({ table }) => oids.get(table)!))];
  if (from.length === 0) return { changes: own, lookUps: [], oids, cut: false };
  const rows = await query<KeyRow>(REFERRING, [from, MOST_KEYS + 1]);
  for (const row of rows) oids.set(nameOf(row.schema, row.name), row.child);
  const { lookUps, reached, cut } = chainsOf(rows.slice(0, MOST_KEYS).map(keyOf), changes);
  const set = reached.filter(({ through }) => through.length > 0);
  return { changes: [...own, ...set], lookUps, oids, cut: cut || rows.length > MOST_KEYS };
}

interface KeyRow {
  readonly child: number;
  readonly parent: number;
  readonly schema: string;
  readonly name: string;
  readonly parentSchema: string;
  readonly parentName: string;
  readonly constraint: string;
  readonly columns: readonly string[];
  readonly parentColumns: readonly string[];
  readonly set: readonly string[] | null;
  readonly onDelete: string;
  readonly onUpdate: string;
}

function keyOf(row: KeyRow): CatalogKey {
  return {
    child: nameOf(row.schema, row.name),
    columns: row.columns,
    parent: nameOf(row.parentSchema, row.parentName),
    parentColumns: row.parentColumns,
    onDelete: row.onDelete,
    onUpdate: row.onUpdate,
    ...(row.set === null ? {} : { setOnDelete: row.set }),
    constraint: row.constraint,
    parentOid: row.parent,
  };
}

const names = (relation: string, numbers: string): string => `
  (SELECT coalesce(jsonb_agg(a.attname ORDER BY k.place), '[]') FROM unnest(${numbers}) WITH ORDINALITY AS k (attnum, place)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.attnum)`;

const action = (column: string): string =>
  `CASE ${column} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END`;

/**
 * Foreign keys that refer to tables $1, or to what is written by the actions of those: the keys of partitioned tables before those
 * that the server makes for partitions. confdelsetcols came with PostgreSQL 15, conenforced with 18.
 */
const REFERRING = `${OURS} * FROM (WITH RECURSIVE written (oid) AS (
    SELECT parent::int8::oid FROM unnest($1::float8[]) AS parent
    UNION
    SELECT f.conrelid FROM written w JOIN pg_catalog.pg_constraint f ON f.confrelid = w.oid
     WHERE f.contype = 'f' AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd')))
  SELECT f.conrelid::int8::float8 AS child, f.confrelid::int8::float8 AS parent, n.nspname::text AS schema, c.relname::text AS name,
         pn.nspname::text AS "parentSchema", p.relname::text AS "parentName", f.conname::text AS constraint,
         ${names('f.conrelid', 'f.conkey')} AS columns, ${names('f.confrelid', 'f.confkey')} AS "parentColumns",
         (SELECT jsonb_agg(a.attname) FROM jsonb_array_elements_text(nullif(to_jsonb(f) -> 'confdelsetcols', 'null')) AS k
            JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k::int2) AS set,
         ${action('f.confdeltype')} AS "onDelete", ${action('f.confupdtype')} AS "onUpdate"
    FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class p ON p.oid = f.confrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE f.contype = 'f' AND f.confrelid IN (SELECT oid FROM written)
     AND coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true)
   ORDER BY f.conparentid <> 0, f.oid LIMIT $2) AS answer`;

/** `each row of shop.parent whose id it changes`: of an update the columns that the key refers to. */
export function rowsThatLook({ key, by }: LookUp<ChainKey>): string {
  return rowsOf({ ...by, columns: by.kind === 'update' ? key.parentColumns : [] });
}

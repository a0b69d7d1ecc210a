import { isDeepStrictEqual } from 'node:util';
import type { QueryResultRow } from 'pg';
import { OURS } from '../connection.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { createSql, type IndexTarget } from './index-target.ts';
import type { WriteSession } from './session.ts';

/** A type and not an interface, so that it is assignable to Json. */
export type IndexState = {
  readonly table: { readonly schema: string; readonly name: string };
  /** CREATE INDEX …, as the server writes it with every name qualified. */
  readonly definition: string;
  readonly valid: boolean;
  /** Of a partitioned table: the indexes of its partitions belong to it. */
  readonly partitioned: boolean;
  /** Why it is not to be dropped, else null. */
  readonly needed: string | null;
  readonly comment: string | null;
  /** Null: the database's own. */
  readonly tablespace: string | null;
  /** Statistics targets of its columns that have one, by their number from 1. */
  readonly statistics: Readonly<Record<string, number>>;
};

/** Rows of one question that begins with `OURS`: of the connection that reads, or of a session that writes. */
export type Ask = <Row extends QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The index, or null. Names in the definition do not depend on the session's search_path. */
export async function readIndex(ask: Ask, schema: string, name: string): Promise<IndexState | null> {
  const [row] = await ask<IndexState & QueryResultRow>(
    `${OURS} pg_catalog.json_build_object('schema', tn.nspname, 'name', t.relname) AS table,
            pg_catalog.pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid AS valid, c.relkind = 'I' AS partitioned,
            CASE WHEN i.indisprimary THEN 'it is the primary key'
                 WHEN i.indisexclusion THEN 'it belongs to an exclusion constraint'
                 WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) THEN 'it belongs to a constraint'
                 WHEN i.indisunique THEN 'it is unique, so without it the application could write what it must not'
                 WHEN i.indisreplident THEN 'it is the replica identity of its table'
                 WHEN i.indisclustered THEN 'its table was clustered by it'
                 WHEN c.relispartition THEN 'it is a part of the index of a partitioned table'
                 WHEN c.relkind = 'I' THEN 'it is of a partitioned table, whose indexes cannot be dropped without stopping those who use it'
                 WHEN EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'x')) THEN 'it belongs to an extension'
            END AS needed,
            pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
            (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
            coalesce((SELECT pg_catalog.json_object_agg(a.attnum, a.attstattarget ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attstattarget >= 0 AND NOT a.attisdropped), '{}') AS statistics
       FROM (SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true) AS path OFFSET 0) settled,
            pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
            JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2 AND settled.path IS NOT NULL`,
    [schema, name],
  );
  return row ?? null;
}

/**
 * True when the index is what `to` asks for, by the server's own reading of it: the same index is made on an empty temporary
 * copy of the table, compared, and rolled back. So `lower(name)` is known to be `lower((name)::text)`. `against` null: the
 * index is only tried, and true when the server would make it.
 * @throws what the server says about an index that it would not make
 */
export async function isAsWanted(
  session: WriteSession,
  to: IndexTarget,
  against: { readonly schema: string; readonly name: string } | null,
): Promise<boolean> {
  const copy = `pg_temp.${quoteIdentifier(to.table.name)}`;
  class Done extends Error {}
  let same = false;
  try {
    await session.transaction(async () => {
      await seeAsApplication(session, to.table.schema, true);
      const source = `${quoteIdentifier(to.table.schema)}.${quoteIdentifier(to.table.name)}`;
      await session.run(`CREATE TEMPORARY TABLE ${quoteIdentifier(to.table.name)} (LIKE ${source})`);
      await session.run(createSql('pitwall_probe', to, { concurrently: false, on: copy }));
      const probe = await shapeOf(
        session,
        `c.relname = 'pitwall_probe' AND c.relnamespace = pg_catalog.pg_my_temp_schema()`,
        [],
      );
      const found =
        against === null
          ? probe
          : await shapeOf(
              session,
              'c.relname = $1 AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $2)',
              [against.name, against.schema],
            );
      same = found !== null && isDeepStrictEqual(probe, found);
      throw new Done();
    });
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
  return same;
}

/** Names in an expression mean what they mean to who works in the table's schema; the server's own come first. */
export async function seeAsApplication(session: WriteSession, schema: string, local: boolean): Promise<void> {
  const path = `pg_catalog, ${quoteIdentifier(schema)}, public, pg_temp`;
  await session.run(`${OURS} pg_catalog.set_config('search_path', $1, $2)`, [path, local]);
}

/** All that makes an index what it is, but its name and table. */
async function shapeOf(session: WriteSession, where: string, values: readonly unknown[]): Promise<unknown> {
  const [row] = await session.run(
    `${OURS} m.amname, i.indisunique, i.indnkeyatts, i.indoption::text, i.indclass::text, i.indcollation::text,
            (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(c.oid, n, false) ORDER BY n) FROM pg_catalog.generate_series(1, i.indnatts) n) AS keys,
            pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid JOIN pg_catalog.pg_am m ON m.oid = c.relam
      WHERE ${where}`,
    values,
  );
  return row ?? null;
}

/** What both engines' catalogues say of tables, for those who read nothing else. */
import type { Copy } from './types.ts';

export interface Catalog {
  /** Columns by table. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Columns of foreign keys, in their order. */
  readonly foreignKeys: readonly { readonly table: string; readonly columns: readonly string[] }[];
  /** Leading columns of the indexes and primary keys that there are, as `table.column`. */
  readonly led: ReadonlySet<string>;
}

const SQLITE = {
  columns: `SELECT m.name AS t, c.name AS c FROM sqlite_schema m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid`,
  foreignKeys: `SELECT m.name AS t, f.id AS k, f."from" AS c FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq`,
  led: `SELECT m.name AS t, i.name AS c FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
      WHERE m.type = 'table' AND i.seqno = 0 AND i.name IS NOT NULL
    UNION SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 1`,
};
const USER_TABLE = `c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`;
const POSTGRESQL = {
  columns: `SELECT c.relname AS t, a.attname AS c FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE ${USER_TABLE} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`,
  foreignKeys: `SELECT c.relname AS t, k.conname AS k, a.attname AS c FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    CROSS JOIN unnest(k.conkey) WITH ORDINALITY u(attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
    WHERE k.contype = 'f' AND ${USER_TABLE} ORDER BY c.relname, k.conname, u.n`,
  led: `SELECT c.relname AS t, a.attname AS c FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE ${USER_TABLE}`,
};

export async function readCatalog(copy: Copy): Promise<Catalog> {
  const sql = copy.engine === 'sqlite' ? SQLITE : POSTGRESQL;
  type Row = { readonly t: string; readonly c: string; readonly k: string | number };
  const rows = async (text: string) => (await copy.rows(text)) as unknown as readonly Row[];
  const columns = new Map<string, string[]>();
  for (const { t, c } of await rows(sql.columns)) columns.set(t, [...(columns.get(t) ?? []), c]);
  const keys = new Map<string, { table: string; columns: string[] }>();
  for (const { t, k, c } of await rows(sql.foreignKeys)) {
    const key = keys.get(`${t} ${k}`) ?? { table: t, columns: [] };
    key.columns.push(c);
    keys.set(`${t} ${k}`, key);
  }
  const led = new Set((await rows(sql.led)).map(({ t, c }) => `${t}.${c}`));
  return { columns, foreignKeys: [...keys.values()], led };
}

/**
 * What indexes there are, without their names: two copies with the same text have the same indexes.
 */
export async function indexesOf(copy: Copy): Promise<string> {
  const rows = await copy.rows(
    copy.engine === 'sqlite'
      ? "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
      : `SELECT indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'`,
  );
  const nameless = rows.map(({ sql }) =>
    String(sql)
      .toLowerCase()
      .replace(/^(create (?:unique )?index )(?:if not exists )?.*?\bon\b/s, '$1on')
      .replace(/["`\s]+/g, ''),
  );
  return nameless.sort().join(';');
}

import { printable } from '../../errors.ts';
import type { BeyondPlan } from '../../model/database.ts';
import type { TableWrite } from '../_sql/roles.ts';
import type { SqliteConnection } from './connection.ts';
import { WORTH_AN_INDEX } from './foreign-key-lookup.ts';
import { createIndexSql, quoteIdentifier } from './identifiers.ts';
import { indexName } from './index-name.ts';
import { readRows } from './row-counts.ts';
import { coveringIndex, readSchema, type SchemaForeignKey } from './schema.ts';

/** A database with more tables is looked at as far as this. */
const MOST_TABLES = 2000;
/** Foreign keys that are shown, those of the largest tables. [judgement] */
const MOST = 10;

/**
 * Foreign keys that these writes look for children by, without an index to find them: each row deleted, or key changed, reads
 * all of the child. A plan shows it only to a connection with PRAGMA foreign_keys on, which ours has not. Children below
 * `WORTH_AN_INDEX` rows are left out.
 */
export async function beyondPlan(
  connection: SqliteConnection,
  writes: readonly TableWrite[],
  signal: AbortSignal,
): Promise<readonly BeyondPlan[]> {
  if (writes.every(({ kind }) => kind === 'insert')) return [];
  const schema = readSchema(connection.reader(), MOST_TABLES);
  const gone = goneWith(connection, writes);
  const spelled = new Map(schema.tables.map(({ name }) => [name.toLowerCase(), name]));
  const lookUps = schema.foreignKeys.flatMap((written) => {
    const key = { ...written, parent: spelled.get(written.parent.toLowerCase()) ?? written.parent };
    const what = whatLooks(key, writes, gone);
    return what === null || coveringIndex(schema, key.child, key.columns) !== null ? [] : [{ key, what }];
  });
  // Two keys over the same columns need one index.
  const each = new Map(lookUps.toReversed().map((one) => [columnsOf(one.key), one]));
  const large = [...each.values()].filter(({ key }) => hasRows(connection, key.child, WORTH_AN_INDEX));
  if (large.length === 0) return [];
  const tables = schema.tables.filter(({ name }) => large.some(({ key }) => key.child === name));
  // Without their bytes none is counted: the largest rowid has to do.
  const rows = await readRows(connection, { ...schema, tables }, new Map(), [], signal);
  const rowsOf = ({ child }: SchemaForeignKey) => Math.max(WORTH_AN_INDEX, rows.get(child)?.rows ?? 0);
  const taken = new Set([...schema.tables, ...schema.indexes].map(({ name }) => name));
  return large
    .sort((a, b) => rowsOf(b.key) - rowsOf(a.key))
    .slice(0, MOST)
    .map(({ key, what }) => ({
      because: printable(
        `where the application sets PRAGMA foreign_keys = ON, ${what} reads the whole of ${key.child}${rowsText(rows.get(key.child)?.rows ?? null)} for those that refer to it: no index begins with ${key.columns.join(', ')}`,
      ),
      ddl: ddlOf(key, taken),
    }));
}

/** Tables, in lower case, whose rows are deleted: those of the statement, and what goes with them by ON DELETE CASCADE. */
function goneWith(connection: SqliteConnection, writes: readonly TableWrite[]): ReadonlySet<string> {
  const cascades = connection
    .reader()
    .prepare(
      `SELECT DISTINCT lower(t.name) AS child, lower(f."table") AS parent
         FROM pragma_table_list AS t JOIN pragma_foreign_key_list(t.name, 'main') AS f
        WHERE t.schema = 'main' AND t.type = 'table' AND f.on_delete = 'CASCADE'`,
    )
    .all();
  const gone = new Set(writes.flatMap(({ kind, table }) => (kind === 'delete' ? [table.toLowerCase()] : [])));
  // A set gives what is added while it is gone through, too.
  for (const table of gone) for (const { child, parent } of cascades) if (parent === table) gone.add(String(child));
  return gone;
}

/** What looks for children by this key; null: nothing of the statement. */
function whatLooks(
  { parent, parentColumns }: SchemaForeignKey,
  writes: readonly TableWrite[],
  gone: ReadonlySet<string>,
): string | null {
  const own = writes.filter(({ table }) => table.toLowerCase() === parent.toLowerCase());
  if (own.some(({ kind }) => kind === 'delete')) return `each row that it deletes from ${parent}`;
  if (gone.has(parent.toLowerCase())) return `each row of ${parent} that is deleted with it (ON DELETE CASCADE)`;
  const keys = new Set(parentColumns.map((name) => name.toLowerCase()));
  const changes = own.some(
    ({ kind, columns }) => kind === 'update' && columns.some((name) => keys.has(name.toLowerCase())),
  );
  return changes ? `each row of ${parent} whose ${parentColumns.join(', ')} it changes` : null;
}

function columnsOf({ child, columns }: SchemaForeignKey): string {
  return JSON.stringify([child, columns.map((name) => name.toLowerCase()).sort()]);
}

/** Reads no more of the table than that. */
function hasRows(connection: SqliteConnection, table: string, least: number): boolean {
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${quoteIdentifier(table)} LIMIT ${least})`;
  return Number(connection.reader().prepare(sql).get()?.n) >= least;
}

function rowsText(rows: number | null): string {
  return rows === null || rows < WORTH_AN_INDEX ? '' : ` (about ${rows.toLocaleString('en-GB')} rows)`;
}

function ddlOf({ child, columns }: SchemaForeignKey, taken: Set<string>): string {
  const definition = { table: child, columns: columns.map((name) => ({ name })) };
  const name = indexName(definition, taken);
  taken.add(name);
  return `${createIndexSql(name, definition)};`;
}

import { printable } from '../../errors.ts';
import type { BeyondPlan } from '../../model/database.ts';
import { aboutRows, type Change, rowsOf } from '../_sql/beyond-text.ts';
import { chainsOf, type Reached } from '../_sql/foreign-key-chain.ts';
import type { TableWrite } from '../_sql/roles.ts';
import type { SqliteConnection } from './connection.ts';
import { triggersOn } from './explain-triggers.ts';
import { WORTH_AN_INDEX } from './foreign-key-lookup.ts';
import { createIndexSql, quoteIdentifier } from './identifiers.ts';
import { indexName } from './index-name.ts';
import { readRows } from './row-counts.ts';
import { coveringIndex, readSchema, type Schema, type SchemaForeignKey } from './schema.ts';

/** A database with more tables is looked at as far as this. */
const MOST_TABLES = 2000;
/** Foreign keys that are shown, those of the largest tables. [judgement] */
const MOST = 10;

interface Beyond {
  readonly beyond: readonly BeyondPlan[];
  /** What was not followed: for the notes. */
  readonly gaps: readonly string[];
}

/**
 * What these writes set off that no plan shows. Foreign keys that they look for children by, without an index to find them: each row
 * deleted, or key changed, by the statement or by the actions of other keys, reads all of the child. A plan shows it only to a
 * connection with PRAGMA foreign_keys on, which ours has not. Children below `WORTH_AN_INDEX` rows are left out. And triggers.
 */
export async function beyondPlan(
  connection: SqliteConnection,
  writes: readonly TableWrite[],
  signal: AbortSignal,
): Promise<Beyond> {
  if (writes.length === 0) return { beyond: [], gaps: [] };
  const schema = readSchema(connection.reader(), MOST_TABLES);
  const changes = changesOf(schema, writes);
  const replaced = new Set(
    changes
      .filter(
        ({ table, kind }) => kind === 'delete' && changes.some((one) => one.table === table && one.kind !== 'delete'),
      )
      .map(({ table }) => table),
  );
  const isChange = (change: Change): change is Reached => change.kind !== 'insert';
  const { lookUps, reached, cut } = chainsOf(spelled(schema), changes.filter(isChange));
  const lacking = lookUps.filter(({ key }) => coveringIndex(schema, key.child, key.columns) === null);
  // Two keys over the same columns need one index.
  const each = new Map(lacking.toReversed().map((one) => [columnsOf(one.key), one]));
  const large = [...each.values()].filter(({ key }) => hasRows(connection, key.child, WORTH_AN_INDEX));
  const rows = await rowsOfChildren(
    connection,
    schema,
    large.map(({ key }) => key.child),
    signal,
  );
  const taken = new Set([...schema.tables, ...schema.indexes].map(({ name }) => name));
  const found = large
    .sort((a, b) => (rows.get(b.key.child) ?? WORTH_AN_INDEX) - (rows.get(a.key.child) ?? WORTH_AN_INDEX))
    .slice(0, MOST)
    .map(({ key, by }) => {
      const what = rowsOf({ ...by, columns: by.kind === 'update' ? key.parentColumns : [] }, replaced.has(by.table));
      const count = rows.get(key.child) ?? 0;
      const size = count < WORTH_AN_INDEX ? '' : ` (${aboutRows(count)})`;
      return {
        because: printable(
          `${WHERE_ON}, ${what} reads the whole of ${key.child}${size} for those that refer to it: no index begins with ${key.columns.join(', ')}`,
        ),
        ddl: ddlOf(key, taken),
      };
    });
  const all = [...changes, ...reached.filter(({ through }) => through.length > 0)];
  const triggers = triggersOn(connection, all, replaced).map(({ text, change }) => ({
    because: printable(change.through.length > 0 ? `${WHERE_ON}, ${text}` : text),
    ddl: null,
  }));
  return {
    beyond: [...found, ...triggers],
    gaps: cut ? ['foreign keys whose actions go on for longer are not followed to their end'] : [],
  };
}

/** Foreign keys do nothing to any other connection. */
const WHERE_ON = 'where the application sets PRAGMA foreign_keys = ON';

/** With the names of tables and columns as their tables have them: a key may write them otherwise. */
function spelled(schema: Schema): readonly SchemaForeignKey[] {
  const tables = new Map(schema.tables.map((table) => [table.name.toLowerCase(), table]));
  const named = (table: string, names: readonly string[]) => {
    const columns = tables.get(table.toLowerCase())?.columns ?? [];
    const own = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
    return names.map((name) => own.get(name.toLowerCase()) ?? name);
  };
  return schema.foreignKeys.map((key) => ({
    ...key,
    columns: named(key.child, key.columns),
    parent: tables.get(key.parent.toLowerCase())?.name ?? key.parent,
    parentColumns: named(key.parent, key.parentColumns),
  }));
}

/** What the statement does, each table and kind once. The rowid is the column that stands for it. */
function changesOf(schema: Schema, writes: readonly TableWrite[]): readonly Change[] {
  const found = new Map<string, Change>();
  for (const { table, kind, columns } of writes) {
    const own = schema.tables.find(({ name }) => name === table);
    const names = columns.map((name) => {
      const isColumn = own?.columns.some((column) => column.name === name) ?? true;
      return !isColumn && /^(?:rowid|_rowid_|oid)$/i.test(name) ? (own?.rowidAlias ?? name) : name;
    });
    found.set(JSON.stringify([table, kind]), { table, kind, columns: names, through: [] });
  }
  return [...found.values()];
}

/** Without their bytes none is counted: the largest rowid has to do. */
async function rowsOfChildren(
  connection: SqliteConnection,
  schema: Schema,
  children: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const tables = schema.tables.filter(({ name }) => children.includes(name));
  const counts = await readRows(connection, { ...schema, tables }, new Map(), [], signal);
  return new Map([...counts].flatMap(([name, { rows }]) => (rows === null ? [] : [[name, rows] as const])));
}

function columnsOf({ child, columns }: SchemaForeignKey): string {
  return JSON.stringify([child, columns.map((name) => name.toLowerCase()).sort()]);
}

/** Reads no more of the table than that. */
function hasRows(connection: SqliteConnection, table: string, least: number): boolean {
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${quoteIdentifier(table)} LIMIT ${least})`;
  return Number(connection.reader().prepare(sql).get()?.n) >= least;
}

function ddlOf({ child, columns }: SchemaForeignKey, taken: Set<string>): string {
  const definition = { table: child, columns: columns.map((name) => ({ name })) };
  const name = indexName(definition, taken);
  taken.add(name);
  return `${createIndexSql(name, definition)};`;
}

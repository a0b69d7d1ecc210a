import type { DatabaseSync } from 'node:sqlite';
import type { ChainKey } from '../_sql/foreign-key-chain.ts';
import type { ColumnFact, IndexColumnFact, IndexFact } from './facts.ts';

interface SchemaTable {
  readonly name: string;
  readonly withoutRowid: boolean;
  readonly columns: readonly ColumnFact[];
  readonly rowidAlias: string | null;
}

type SchemaIndex = Omit<IndexFact, 'bytes' | 'analyzed'> & { readonly name: string };

/** Its actions are always about all of its columns. */
export type SchemaForeignKey = Omit<ChainKey, 'setOnDelete'>;

interface Statistic {
  readonly table: string;
  /** Null for the entry of a table without indexes. */
  readonly index: string | null;
  /** Rows that ANALYZE counted or, with a limit, estimated. */
  readonly rows: number;
}

export interface Schema {
  readonly tables: readonly SchemaTable[];
  readonly indexes: readonly SchemaIndex[];
  readonly foreignKeys: readonly SchemaForeignKey[];
  readonly statistics: readonly Statistic[];
  /** Tables beyond the limit that were left out. */
  readonly left: number;
}

const ORIGINS: Readonly<Record<string, IndexFact['origin']>> = { c: 'create', u: 'unique', pk: 'primary-key' };

/**
 * The schema of `main` from the table-valued pragmas. Names of tables go in as values, never as text. Virtual tables, their
 * shadow tables and views are no tables here: the first two belong to their module, which alone may index them.
 */
export function readSchema(database: DatabaseSync, mostTables: number): Schema {
  const listed = database
    .prepare(
      `SELECT name, wr FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all();
  const tables = listed.slice(0, mostTables).map((row) => readTable(database, String(row.name), Number(row.wr) === 1));
  return {
    tables,
    indexes: tables.flatMap((table) => readIndexes(database, table.name)),
    foreignKeys: tables.flatMap((table) => readForeignKeys(database, table.name)),
    statistics: readStatistics(database),
    left: listed.length - tables.length,
  };
}

function readTable(database: DatabaseSync, name: string, withoutRowid: boolean): SchemaTable {
  const columns: ColumnFact[] = database
    .prepare(`SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid`)
    .all(name)
    .map((row) => ({
      name: String(row.name),
      type: String(row.type),
      notNull: Number(row.notnull) === 1,
      primaryKey: Number(row.pk),
      generated: Number(row.hidden) >= 2,
    }));
  return { name, withoutRowid, columns, rowidAlias: withoutRowid ? null : rowidAliasOf(database, name, columns) };
}

/**
 * A single INTEGER PRIMARY KEY column is the rowid, unless it was declared DESC (https://sqlite.org/lang_createtable.html):
 * then, and for every other type, an index of origin `pk` exists.
 */
function rowidAliasOf(database: DatabaseSync, table: string, columns: readonly ColumnFact[]): string | null {
  const key = columns.filter((column) => column.primaryKey > 0);
  if (key.length !== 1 || key[0]!.type.toUpperCase() !== 'INTEGER') return null;
  const index = database.prepare(`SELECT 1 FROM pragma_index_list(?, 'main') WHERE origin = 'pk'`).get(table);
  return index ? null : key[0]!.name;
}

function readIndexes(database: DatabaseSync, table: string): SchemaIndex[] {
  return database
    .prepare(`SELECT name, "unique", origin, partial FROM pragma_index_list(?, 'main') ORDER BY name`)
    .all(table)
    .map((row) => ({
      name: String(row.name),
      table,
      columns: readIndexColumns(database, String(row.name)),
      unique: Number(row.unique) === 1,
      origin: ORIGINS[String(row.origin)] ?? 'create',
      partial: Number(row.partial) === 1,
    }));
}

function readIndexColumns(database: DatabaseSync, index: string): IndexColumnFact[] {
  return database
    .prepare(`SELECT name, "desc", coll FROM pragma_index_xinfo(?, 'main') WHERE key = 1 ORDER BY seqno`)
    .all(index)
    .map((row) => ({
      name: row.name === null ? null : String(row.name),
      desc: Number(row.desc) === 1,
      collate: String(row.coll),
    }));
}

function readForeignKeys(database: DatabaseSync, child: string): SchemaForeignKey[] {
  const rows = database
    .prepare(
      `SELECT id, "table", "from", "to", on_delete, on_update FROM pragma_foreign_key_list(?, 'main') ORDER BY id, seq`,
    )
    .all(child);
  return [...Map.groupBy(rows, (row) => Number(row.id)).values()].map((columns) => {
    const parent = String(columns[0]!.table);
    // Without column names the key refers to the parent's primary key.
    const named = columns.every((column) => column.to !== null);
    return {
      child,
      columns: columns.map((column) => String(column.from)),
      parent,
      parentColumns: named ? columns.map((column) => String(column.to)) : primaryKeyOf(database, parent),
      onDelete: String(columns[0]!.on_delete),
      onUpdate: String(columns[0]!.on_update),
    };
  });
}

function primaryKeyOf(database: DatabaseSync, table: string): readonly string[] {
  return database
    .prepare(`SELECT name FROM pragma_table_xinfo(?, 'main') WHERE pk > 0 ORDER BY pk`)
    .all(table)
    .map((row) => String(row.name));
}

/** `stat` begins with the number of rows, https://sqlite.org/fileformat2.html#stat1tab. Anyone may have edited it. */
function readStatistics(database: DatabaseSync): Statistic[] {
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1' AND type = 'table'").get();
  if (!exists) return [];
  return database
    .prepare('SELECT tbl, idx, stat FROM sqlite_stat1')
    .all()
    .flatMap((row) => {
      const rows = /^\d+/.exec(String(row.stat))?.[0];
      if (rows === undefined) return [];
      return [{ table: String(row.tbl), index: row.idx === null ? null : String(row.idx), rows: Number(rows) }];
    });
}

/**
 * What finds the rows of a child by these columns: an index that begins with them, in any order (all are compared for
 * equality), or the rowid. Partial indexes do not count: they need not hold every row.
 */
export function coveringIndex(schema: Schema, table: string, columns: readonly string[]): string | null {
  const wanted = new Set(columns.map((name) => name.toLowerCase()));
  const owner = schema.tables.find((candidate) => candidate.name === table);
  if (wanted.size === 1 && owner?.rowidAlias && wanted.has(owner.rowidAlias.toLowerCase())) return 'rowid';
  const index = schema.indexes.find((candidate) => {
    if (candidate.table !== table || candidate.partial || candidate.columns.length < wanted.size) return false;
    return candidate.columns.slice(0, wanted.size).every(({ name }) => name !== null && wanted.has(name.toLowerCase()));
  });
  return index?.name ?? null;
}

import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { quoteIdentifier } from '../identifiers.ts';

/** The tables ANALYZE keeps, newest format last (https://sqlite.org/fileformat2.html#the_sqlite_stat1_table). */
const TABLES = ['sqlite_stat1', 'sqlite_stat3', 'sqlite_stat4'] as const;
/** Far above what ANALYZE ever writes (24 samples an index); a hostile file could hold anything. */
const MAXIMUM_ROWS = 200_000;

/** A value of SQLite as JSON that tells the storage classes apart; text and null stand for themselves. */
type StoredValue = null | string | { readonly integer: string } | { readonly real: number } | { readonly blob: string };

/** A type and not an interface, so that it is assignable to Json. */
export type StatTable = {
  readonly name: string;
  readonly columns: readonly string[];
  /** Sorted, so that equal content gives equal JSON. */
  readonly rows: readonly (readonly StoredValue[])[];
};

export function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

/** The statistics tables that exist, with all their rows. Throws on more than 200 000 rows in one. */
export function readRows(database: DatabaseSync): readonly StatTable[] {
  return TABLES.filter((name) => hasTable(database, name)).map((name) => {
    const info = database.prepare('SELECT name FROM pragma_table_info(?) ORDER BY cid').all(name);
    const columns = info.map((column) => String(column.name));
    const list = columns.map(quoteIdentifier).join(', ');
    const select = database.prepare(`SELECT ${list} FROM ${quoteIdentifier(name)} LIMIT ${MAXIMUM_ROWS + 1}`);
    select.setReadBigInts(true);
    const rows = select.all().map((row) => columns.map((column) => toJson(row[column] ?? null)));
    if (rows.length > MAXIMUM_ROWS) throw new Error(`${name} has more than ${MAXIMUM_ROWS} rows`);
    return { name, columns, rows: rows.toSorted(byText) };
  });
}

/** Puts the statistics tables back to exactly `tables`. Inside the caller's transaction. */
export function restoreTables(database: DatabaseSync, tables: readonly StatTable[]): void {
  for (const name of TABLES) {
    const wanted = tables.find((table) => table.name === name);
    if (wanted) {
      // Nobody can CREATE a table of that name; only ANALYZE makes it. What it writes is deleted below.
      if (!hasTable(database, name)) database.exec('ANALYZE sqlite_schema');
      database.exec(`DELETE FROM ${quoteIdentifier(name)}`);
      insertRows(database, wanted);
    } else if (hasTable(database, name)) {
      database.exec(`DROP TABLE ${quoteIdentifier(name)}`);
    }
  }
}

export function insertRows(database: DatabaseSync, { name, columns, rows }: StatTable): void {
  const list = columns.map(quoteIdentifier).join(', ');
  const places = columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO ${quoteIdentifier(name)} (${list}) VALUES (${places})`);
  for (const row of rows) insert.run(...row.map(fromJson));
}

function toJson(value: SQLOutputValue): StoredValue {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { integer: String(value) };
  if (typeof value === 'number') return { real: value };
  return { blob: Buffer.from(value).toString('base64') };
}

function fromJson(value: StoredValue): SQLInputValue {
  if (value === null || typeof value === 'string') return value;
  if ('integer' in value) return BigInt(value.integer);
  if ('real' in value) return value.real;
  return Buffer.from(value.blob, 'base64');
}

function byText(a: readonly StoredValue[], b: readonly StoredValue[]): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

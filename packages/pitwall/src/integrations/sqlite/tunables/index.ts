import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { PitwallError, reasonOf } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { Json } from '../../../model/json.ts';
import type { SqliteConnection } from '../connection.ts';
import { createIndexSql, type IndexTerm, quoteIdentifier } from '../identifiers.ts';
import { analyzeIndex } from '../index-statistics.ts';
import {
  inTransaction,
  pragmaNumber,
  readFrom,
  requireFreeSpace,
  requireUnchanged,
  requireWritable,
  staysInMemory,
} from './database.ts';
import { coversIndex, type IndexState, type IndexTarget, indexTarget, isIndex, readIndex } from './index-state.ts';
import { hasTable, insertRows, readRows, type StatTable } from './stat-tables.ts';

/** Room for the index and the sorter's temporary files: an index is rarely larger than its table. */
const SPACE_FACTOR = 2;
const SPACE_MARGIN_BYTES = 16 * 2 ** 20;

/** Creates or drops one index. `subject` is the index's name; `to` its definition, or null to drop it. */
export const sqliteIndex = defineTunable<SqliteConnection>({
  id: 'sqlite/index',
  meta: {
    title: 'Index of a table',
    why: 'An index lets SQLite find rows without reading the whole table; one that nothing uses costs time on every write.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks:
      'Holds the write lock while the index is built: writers wait. With a rollback journal readers wait too while the finished index is written to the file and, for a table of more than 256 MiB or a quarter of the free memory, while it is built: then the service is to be stopped. Dropping is quick.',
    undo: 'A created index is dropped. A dropped one is built again from its exact text, with its rows in sqlite_stat1.',
    toggles: true,
    order: 10,
    sources: [
      { title: 'SQLite: CREATE INDEX', url: 'https://sqlite.org/lang_createindex.html' },
      { title: 'SQLite: Query Planning', url: 'https://sqlite.org/queryplanner.html' },
    ],
  },
  to: indexTarget,

  async read(connection, { subject }, options) {
    return readFrom(connection, (database) => readIndex(database, subject), options) as Json;
  },

  achieved: (state, { subject, to }) => isIndex(state, { subject, to: to as IndexTarget }),

  subsumes: (a, b) => coversIndex(a.to as IndexTarget, b.to as IndexTarget),

  preview({ subject, to }, from) {
    const drop = `DROP INDEX ${quoteIdentifier(subject)}`;
    if (to === null)
      return { apply: drop, undo: (from as IndexState | null)?.sql ?? 'nothing: there is no such index' };
    return { apply: createIndexSql(subject, to as NonNullable<IndexTarget>), undo: drop };
  },

  /** Also for dropping: taking that back builds it. */
  async restartReason(connection, { subject, to }) {
    return readFrom(connection, (database) => {
      if (database.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal') return null;
      const table = to === null ? readIndex(database, subject)?.table : (to as NonNullable<IndexTarget>).table;
      const bytes = table === undefined ? 0 : bytesToWrite(database, table);
      if (staysInMemory(bytes)) return null;
      const size = `${Math.ceil(bytes / 2 ** 20)} MiB`;
      return `${table} has ${size}, and with a rollback journal nobody can read while an index of it is built`;
    });
  },

  async validate(connection, { subject, to }, from) {
    requireWritable(connection);
    const refuse = (reason: string) => new PitwallError('CHANGE_REFUSED', { subject: `index ${subject}`, reason });
    const state = from as IndexState | null;
    if (to === null) {
      if (state !== null && state.origin !== 'create') throw refuse('it belongs to a constraint of the table');
      if (state?.unique) throw refuse('it is unique, so without it the application could write what it must not');
      return;
    }
    if (state !== null) throw refuse('there is an index of that name with another definition');
    if (/^sqlite_/i.test(subject)) throw refuse('names that begin with sqlite_ are reserved');
    readFrom(connection, (database) => checkTable(database, to as NonNullable<IndexTarget>, refuse));
    const writer = connection.openWriter();
    try {
      checkText(writer, subject, to as NonNullable<IndexTarget>, refuse);
    } finally {
      writer.close();
    }
    const bytes = readFrom(connection, (database) => tableBytes(database, (to as NonNullable<IndexTarget>).table));
    requireFreeSpace(dirname(connection.path), SPACE_FACTOR * bytes + SPACE_MARGIN_BYTES, `index ${subject}`);
  },

  /** DROP INDEX deletes the index's statistics as well; they are part of the original. */
  async capture(connection, { subject, to }) {
    if (to !== null) return null;
    return readFrom(connection, (database) => ({ statistics: statisticsOf(database, subject) })) as unknown as Json;
  },

  async write(connection, { subject, to, from }, { signal }) {
    const work = (database: DatabaseSync) => {
      requireUnchanged(`index ${subject}`, from, readIndex(database, subject) as Json);
      if (to !== null) {
        // `prepare` takes one statement and no more, whatever an expression says.
        database.prepare(createIndexSql(subject, to as NonNullable<IndexTarget>)).run();
        analyzeIndex(database, subject);
        return;
      }
      const sql = readIndex(database, subject)?.sql;
      database.exec(`DROP INDEX ${quoteIdentifier(subject)}`);
      if (sql) requireRepeatable(database, subject, sql);
    };
    await inTransaction(connection, { signal }, work, bytesOf(connection, to as IndexTarget));
  },

  async undo(connection, { subject }, { state, captured }, { signal }) {
    const original = state as IndexState | null;
    const work = (database: DatabaseSync) => {
      database.exec(`DROP INDEX IF EXISTS ${quoteIdentifier(subject)}`);
      if (!original?.sql) return;
      // `prepare` takes one statement and no more, whatever the text says.
      database.prepare(original.sql).run();
      const { statistics } = captured as unknown as { statistics: readonly StatTable[] };
      for (const table of statistics) if (hasTable(database, table.name)) insertRows(database, table);
    };
    await inTransaction(connection, { signal, patient: true }, work, bytesOf(connection, original));
  },
});

type Refuse = (reason: string) => Error;

function checkTable(database: DatabaseSync, to: NonNullable<IndexTarget>, refuse: Refuse): void {
  const table = database
    .prepare("SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE")
    .get(to.table) as { type: string } | undefined;
  if (!table) throw refuse(`there is no table ${to.table}`);
  if (table.type !== 'table') throw refuse(`${to.table} is a ${table.type}, which cannot have an index`);
  const columns = database.prepare('SELECT name FROM pragma_table_xinfo(?)').all(to.table) as { name: string }[];
  const known = new Set(columns.map(({ name }) => name.toLowerCase()));
  // An unknown name in double quotes would silently become a constant string.
  const names = to.columns.flatMap(({ name }: IndexTerm) => (name === undefined ? [] : [name]));
  const missing = names.find((name) => !known.has(name.toLowerCase()));
  if (missing !== undefined) throw refuse(`${to.table} has no column ${missing}`);
}

/** EXPLAIN makes the engine parse all of it and do none: an unknown function, or one that may not be in an index. */
function checkText(database: DatabaseSync, subject: string, to: NonNullable<IndexTarget>, refuse: Refuse): void {
  try {
    database.prepare(`EXPLAIN ${createIndexSql(subject, to)}`).all();
  } catch (error) {
    throw refuse(reasonOf(error));
  }
}

/** What building the index may write: it is rarely larger than its table. Nothing for none. */
function bytesOf(connection: SqliteConnection, index: { readonly table: string } | null): number {
  return index === null ? 0 : readFrom(connection, (database) => bytesToWrite(database, index.table));
}

/** The whole file when even that is little: looking at each page of a table costs as much as reading it. */
function bytesToWrite(database: DatabaseSync, table: string): number {
  const bytes = fileBytes(database);
  return staysInMemory(bytes) ? bytes : tableBytes(database, table);
}

/** Bytes of the table's pages; of the whole file where the library has no dbstat. */
function tableBytes(database: DatabaseSync, table: string): number {
  try {
    const row = database.prepare('SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = TRUE').get(table);
    return Number(row?.pgsize ?? 0);
  } catch {
    return fileBytes(database);
  }
}

function fileBytes(database: DatabaseSync): number {
  return pragmaNumber(database, 'page_count') * pragmaNumber(database, 'page_size');
}

/** An index on a function or collation that only the application has could be dropped by us and never built again. */
function requireRepeatable(database: DatabaseSync, subject: string, sql: string): void {
  try {
    database.prepare(`EXPLAIN ${sql}`).all();
  } catch (error) {
    const reason = `it could not be built again from outside the application (${reasonOf(error)})`;
    throw new PitwallError('CHANGE_REFUSED', { subject: `index ${subject}`, reason }, { cause: error });
  }
}

function statisticsOf(database: DatabaseSync, index: string): readonly StatTable[] {
  return readRows(database)
    .map((table) => {
      const position = table.columns.indexOf('idx');
      return {
        ...table,
        rows: table.rows.filter((row) => String(row[position]).toLowerCase() === index.toLowerCase()),
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

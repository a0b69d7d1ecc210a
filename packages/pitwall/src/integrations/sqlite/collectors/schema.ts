import { defineCollector } from '../../../model/define.ts';
import type { Fact, Gap } from '../../../model/observation.ts';
import type { SqliteConnection } from '../connection.ts';
import { type ForeignKeyFact, fact, type IndexFact, type TableFact } from '../facts.ts';
import { sqliteFailure } from '../failures.ts';
import { absentKey } from '../foreign-key-lookup.ts';
import { readRows } from '../row-counts.ts';
import { coveringIndex, readSchema, type Schema } from '../schema.ts';
import { measureBytes } from '../size.ts';

/** A database with more tables is described as far as this: the facts are kept, and shown to people. */
const MOST_TABLES = 1000;

export const schema = defineCollector<SqliteConnection>({
  id: 'schema',
  title: 'Tables with their rows and bytes, indexes, foreign keys',
  kind: 'collector',
  timeLimit: 60,
  async collect(connection, context) {
    const gaps: Gap[] = [];
    const found = readOrFail(connection, gaps);
    const { measured, bytes, rows } = await connection.runner().during(async () => {
      const measured = await measureBytes(connection, context.signal);
      const bytes = 'bytes' in measured ? measured.bytes : new Map<string, number>();
      return { measured, bytes, rows: await readRows(connection, found, bytes, gaps, context.signal) };
    });
    const facts = factsOf(found, bytes, rows);
    if ('why' in measured) {
      gaps.push({ what: 'bytes of tables and indexes', why: measured.why });
      return { facts, gaps };
    }
    const value = found.indexes.reduce((sum, index) => sum + (bytes.get(index.name) ?? 0), 0);
    const samples = [{ name: 'sqlite.index.size', labels: {}, at: context.environment.now(), value }];
    return { facts, samples, gaps };
  },
});

function readOrFail(connection: SqliteConnection, gaps: Gap[]): Schema {
  try {
    const found = readSchema(connection.reader(), MOST_TABLES);
    if (found.left > 0)
      gaps.push({ what: 'sqlite.table', why: `only ${MOST_TABLES} tables are described, ${found.left} are not` });
    if (found.tables.length === 0) gaps.push({ what: 'sqlite.table', why: 'the database has no tables' });
    return found;
  } catch (error) {
    throw sqliteFailure(error, connection.path);
  }
}

function factsOf(
  found: Schema,
  bytes: ReadonlyMap<string, number>,
  rows: ReadonlyMap<string, Pick<TableFact, 'rows' | 'rowsFrom'>>,
): readonly Fact[] {
  const tables = found.tables.map((table) => {
    const analyzed = found.statistics.filter((entry) => entry.table === table.name).map((entry) => entry.rows);
    const value: TableFact = {
      ...(rows.get(table.name) ?? { rows: null, rowsFrom: 'unknown' }),
      withoutRowid: table.withoutRowid,
      columns: table.columns,
      rowidAlias: table.rowidAlias,
      bytes: bytes.get(table.name) ?? null,
      analyzedRows: analyzed.length > 0 ? Math.max(...analyzed) : null,
    };
    return fact('sqlite.table', table.name, value);
  });
  const indexes = found.indexes.map(({ name, ...index }) => {
    const value: IndexFact = {
      ...index,
      bytes: bytes.get(name) ?? null,
      analyzed: found.statistics.some((entry) => entry.index === name),
    };
    return fact('sqlite.index', name, value);
  });
  const foreignKeys = found.foreignKeys.map((key) => {
    const { child, columns, parent, parentColumns } = key;
    const value: ForeignKeyFact = {
      ...{ child, columns, parent, parentColumns },
      coveredBy: coveringIndex(found, key.child, key.columns),
      absentKey: absentKey(found, key),
    };
    return fact('sqlite.foreign-key', `${key.child}.${key.columns.join(',')}`, value);
  });
  return [...tables, ...indexes, ...foreignKeys];
}

import type { Gap } from '../../../model/observation.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { AdvisorTable, ExistingIndex, IndexSpec } from '../../_sql/advisor/problem.ts';
import type { SqliteConnection } from '../connection.ts';
import { definitionOf } from '../definition.ts';
import { columnCollations, specOfIndex } from '../existing-index.ts';
import { sqliteFailure } from '../failures.ts';
import { termSql } from '../identifiers.ts';
import { readRows, rowidNameOf } from '../row-counts.ts';
import { readSchema } from '../schema.ts';
import { measureBytes } from '../size.ts';
import type { PlannedStatement } from './clone.ts';
import type { ColumnSample, KeyAnswer, KeyQuestion, SampleTable, SchemaObject, StatisticRow } from './protocol.ts';

/** The schema, sizes and statistics of the real database, for the clone and for the advisor. */
export interface Described {
  readonly objects: readonly SchemaObject[];
  readonly sampled: readonly SampleTable[];
  /** Of existing indexes that have no statistics. */
  readonly existing: readonly KeyQuestion[];
  readonly neverAnalysed: readonly string[];
  /** What asking cost the database. */
  readonly questions: number;
  readonly seconds: number;
  /** The source's rows of sqlite_stat1, and own ones where it has none. */
  statistics(keys: ReadonlyMap<string, KeyAnswer>): readonly StatisticRow[];
  tables(columns: readonly ColumnSample[]): readonly AdvisorTable[];
  /** `scale`: rows by the statistics ÷ rows now; the planner must see all indexes of a table of one size. */
  plannerRows(table: string): { readonly now: number; readonly scale: number };
}

const MOST_TABLES = 2000;
/** Objects of the schema that are cloned: a clone of more takes seconds, and only the tables of the statements matter. */
const MOST_OBJECTS = 20_000;

export async function describeTables(
  connection: SqliteConnection,
  statements: readonly PlannedStatement[],
  signal: AbortSignal,
): Promise<Described> {
  const start = performance.now();
  const { schema, objects, stored } = readAll(connection);
  const gaps: Gap[] = [];
  const measured = await measureBytes(connection, signal);
  const bytes = 'bytes' in measured ? measured.bytes : new Map<string, number>();
  const used = new Set(statements.flatMap(({ uses }) => uses.map(({ table }) => table.toLowerCase())));
  const tables = schema.tables.filter(({ name }) => used.has(name.toLowerCase()));
  const counts = await readRows(connection, { ...schema, tables }, bytes, gaps, signal);
  const rowsOf = (name: string) => counts.get(name)?.rows ?? 0;
  const texts = new Map(objects.map(({ type, name, sql }) => [`${type} ${name}`, sql]));
  // The largest: a partial index has fewer rows than its table.
  const statisticOf = new Map<string, number>();
  for (const { table, rows } of schema.statistics) {
    statisticOf.set(table, Math.max(rows, statisticOf.get(table) ?? 0));
  }

  const existing = tables.map((table) => {
    const collations = columnCollations(texts.get(`table ${table.name}`) ?? '');
    const indexes = schema.indexes.filter((index) => index.table === table.name);
    return {
      table,
      indexes: indexes.map((index) => ({
        index,
        spec: specOfIndex(index, texts.get(`index ${index.name}`) ?? null, collations),
      })),
    };
  });
  const withoutStatistics = existing.flatMap(({ indexes }) =>
    indexes.flatMap(({ index, spec }) =>
      spec === null || stored.some((row) => row.index === index.name) ? [] : [{ name: index.name, spec }],
    ),
  );
  return {
    objects,
    sampled: tables.map((table) => ({
      name: table.name,
      columns: table.columns.map(({ name }) => name),
      rowid: table.withoutRowid ? null : (rowidNameOf(table.columns.map(({ name }) => name)) ?? null),
      rows: rowsOf(table.name),
    })),
    existing: withoutStatistics.map(({ name, spec }) => ({ ...keyQuestion(spec), key: name })),
    neverAnalysed: tables.filter(({ name }) => !statisticOf.has(name) && rowsOf(name) > 0).map(({ name }) => name),
    questions: 3 + tables.length,
    seconds: (performance.now() - start) / 1000,
    plannerRows: (name) => {
      const now = rowsOf(name);
      return { now, scale: now > 0 ? (statisticOf.get(name) ?? now) / now : 1 };
    },
    statistics(keys) {
      const own = withoutStatistics.flatMap(({ name, spec }): StatisticRow[] => {
        const answer = keys.get(name);
        if (!answer) return [];
        const held = Math.max(1, Math.round(rowsOf(spec.table) * answer.share));
        const averages = answer.averages.map((average) => Math.max(1, Math.min(held, Math.ceil(average))));
        return [{ table: spec.table, index: name, stat: [held, ...averages].join(' ') }];
      });
      const bare = tables.filter(
        ({ name }) => !stored.some((row) => row.table === name) && !own.some((row) => row.table === name),
      );
      return [...stored, ...own, ...bare.map(({ name }) => ({ table: name, index: null, stat: String(rowsOf(name)) }))];
    },
    tables: (columns) =>
      existing.map(({ table, indexes }) => ({
        name: table.name,
        rows: rowsOf(table.name),
        bytes: bytes.get(table.name) ?? 0,
        columns: table.columns.map(({ name }) => {
          const sample = columns.find((column) => column.table === table.name && column.column === name);
          return {
            name,
            width: sample?.width ?? 8,
            distinct: sample?.distinct ?? null,
            nullShare: sample?.nullShare ?? null,
          };
        }),
        indexes: indexes.map(
          ({ index, spec }): ExistingIndex => ({
            name: index.name,
            spec,
            unique: index.unique,
            needed: index.origin !== 'create' || index.unique,
            valid: true,
            bytes: bytes.get(index.name) ?? 0,
          }),
        ),
        rowid: table.rowidAlias,
        hotShare: null,
      })),
  };
}

/** What has to be counted before the clone knows an index of this kind. */
export function keyQuestion(spec: IndexSpec): KeyQuestion {
  const { columns, where } = definitionOf(spec);
  return { key: keyOf(spec), table: spec.table, terms: columns.map(termSql), where: where ?? null };
}

/** The shares of rows for which the constant tests of the statements hold: those that partial indexes are made of. */
export function predicateQuestions(statements: readonly PlannedStatement[]): readonly KeyQuestion[] {
  const questions = new Map<string, KeyQuestion>();
  for (const { table, constants } of statements.flatMap(({ uses }) => uses)) {
    for (const { predicate } of constants) {
      const key = JSON.stringify([table, predicate]);
      questions.set(key, { key, table, terms: ['1'], where: predicate });
    }
  }
  return [...questions.values()];
}

function readAll(connection: SqliteConnection) {
  try {
    const reader = connection.reader();
    const schema = readSchema(reader, MOST_TABLES);
    const objects = reader
      .prepare(
        `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY type <> 'table', type <> 'index', type <> 'view', rowid LIMIT ${MOST_OBJECTS}`,
      )
      .all()
      .map((row) => ({
        type: String(row.type) as SchemaObject['type'],
        name: String(row.name),
        sql: String(row.sql),
      }));
    const analysed = reader.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1' AND type = 'table'").get();
    const stored: StatisticRow[] = analysed
      ? reader
          .prepare('SELECT tbl, idx, stat FROM sqlite_stat1')
          .all()
          .map((row) => ({
            table: String(row.tbl),
            index: row.idx === null ? null : String(row.idx),
            stat: String(row.stat),
          }))
      : [];
    return { schema, objects, stored };
  } catch (error) {
    throw sqliteFailure(error, connection.path);
  }
}

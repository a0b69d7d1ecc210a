import type { AdvisorTable, ExistingIndex, IndexKey } from '../../_sql/advisor/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS } from '../connection.ts';
import { isLocked } from '../failures.ts';
import { nameOf, partsOf } from '../identifiers.ts';
import { COLUMNS, type ColumnRow, INDEXES, type IndexRow, RELATIONS, type RelationRow } from './catalog.ts';

/** A column as the size of an index needs it, beside what the advisor knows of it. */
interface SizedColumn {
  readonly type: string;
  /** Bytes that its values are aligned to. */
  readonly align: number;
  /** B-trees keep equal values of it once: equal means the same bytes. */
  readonly dedup: boolean;
}

export interface SizedTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned' | 'materialized view';
  readonly columns: ReadonlyMap<string, SizedColumn>;
  /** Since the statistics were reset. */
  readonly writes: { readonly inserts: number; readonly updates: number; readonly deletes: number };
  /** Partitions that hold the rows, as `nameOf` writes them; none for a plain table. */
  readonly leaves: readonly string[];
  /** False: it was never analyzed, and everything about its values is a guess. */
  readonly analyzed: boolean;
}

/** What the server knows of the tables that statements name. */
export interface WhatIfSchema {
  readonly tables: readonly AdvisorTable[];
  /** By the table's name, as in `tables`. */
  readonly sized: ReadonlyMap<string, SizedTable>;
  /** Definition (`CREATE INDEX …`) of each existing index, by `schema.name`. */
  readonly definitions: ReadonlyMap<string, string>;
  /** In the order in which names without a schema are sought. */
  readonly searchPath: readonly string[];
}

/** Bytes of a value where there are no statistics: of a type without a fixed length. As the planner guesses (get_typavgwidth). */
const UNKNOWN_WIDTH = 32;
const ALIGN: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };

/**
 * The tables of these names (`orders`, `shop.orders`, as `nameOf` writes them), partitioned ones and materialized views too.
 * One question a kind, whatever the number of tables and schemas; names that are none are left out.
 */
export async function readSchema(session: AnalysisSession, names: readonly string[]): Promise<WhatIfSchema> {
  const parts = names.map(partsOf).filter((part) => part !== null && part.length <= 2) as string[][];
  const wanted = [parts.map((part) => (part.length === 2 ? part[0]! : null)), parts.map((part) => part.at(-1)!)];
  // The size of a table that somebody has locked cannot be asked for: then as the last ANALYZE saw it.
  const relations = await session
    .query<RelationRow>(RELATIONS('pg_catalog.pg_relation_size(l.oid)'), wanted)
    .catch((error: unknown) => {
      // Anything else fails again, and a time-out costs the server as long again.
      if (!isLocked(error)) throw error;
      return session.query<RelationRow>(RELATIONS('b.size * l.relpages'), wanted);
    });
  const oids = [relations.map(({ oid }) => oid)];
  const columns = groupBy(await session.query<ColumnRow>(COLUMNS, oids));
  const indexes = groupBy(await session.query<IndexRow>(INDEXES, oids));
  const [path] = await session.query<{ path: string[] }>(
    `${OURS} ARRAY(SELECT s::text FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) s) AS path`,
  );
  const definitions = new Map<string, string>();
  const sized = new Map<string, SizedTable>();
  const tables = relations.map((relation) => {
    const name = nameOf(relation.schema, relation.name);
    const own = columns.get(relation.oid) ?? [];
    const held = indexes.get(relation.oid) ?? [];
    for (const index of held) definitions.set(nameOf(relation.schema, index.name), index.definition);
    sized.set(name, sizedTable(relation, own));
    return advisorTable(name, relation, own, held);
  });
  return { tables, sized, definitions, searchPath: path!.path };
}

function groupBy<Row extends { readonly oid: number }>(rows: readonly Row[]): ReadonlyMap<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.oid);
    if (group) group.push(row);
    else groups.set(row.oid, [row]);
  }
  return groups;
}

function widthOf({ width, length }: ColumnRow): number {
  return width ?? (length > 0 ? length : UNKNOWN_WIDTH);
}

/** Types of no fixed length whose values are short by their nature, or of so many characters at most. */
const SHORT = /^(numeric|inet|cidr|bit varying\(|bit\(|\w*range$|tid$)/;
const LIMITED = /^(?:character varying|character)\((\d+)\)$/;
/** Characters: of 4 bytes at most each, they leave room for the keys in the 2,704 bytes that an entry of a B-tree can have. */
const SHORT_TEXT = 255;

function isUnbounded({ type, length }: ColumnRow): boolean {
  const characters = LIMITED.exec(type)?.[1];
  if (length > 0 || SHORT.test(type)) return false;
  return characters === undefined || Number(characters) > SHORT_TEXT;
}

function sizedTable(relation: RelationRow, columns: readonly ColumnRow[]): SizedTable {
  return {
    schema: relation.schema,
    name: relation.name,
    kind: relation.kind === 'p' ? 'partitioned' : relation.kind === 'm' ? 'materialized view' : 'table',
    columns: new Map(columns.map(({ name, type, align, dedup }) => [name, { type, align: ALIGN[align] ?? 8, dedup }])),
    writes: { inserts: relation.inserts, updates: relation.updates, deletes: relation.deletes },
    leaves: relation.leaves.map(([schema, name]) => nameOf(schema, name)),
    analyzed: columns.some(({ width }) => width !== null),
  };
}

function advisorTable(
  name: string,
  relation: RelationRow,
  columns: readonly ColumnRow[],
  indexes: readonly IndexRow[],
): AdvisorTable {
  const rows = Math.max(0, relation.rows);
  return {
    name,
    rows,
    bytes: relation.bytes,
    columns: columns.map((column) => ({
      name: column.name,
      width: widthOf(column),
      // Negative: a share of the rows (https://www.postgresql.org/docs/current/view-pg-stats.html).
      distinct: column.distinct === null ? null : column.distinct < 0 ? -column.distinct * rows : column.distinct,
      nullShare: column.nulls,
      ...(isUnbounded(column) ? { unbounded: true } : {}),
    })),
    indexes: indexes.map((index) => existingIndex(name, index)),
    rowid: null,
    hotShare: relation.updates > 0 ? relation.hotUpdates / relation.updates : null,
  };
}

function existingIndex(table: string, index: IndexRow): ExistingIndex {
  return {
    name: index.name,
    // Where unique, duplicates of nulls and other methods are not what the advisor reasons about.
    spec:
      index.method === 'btree'
        ? { table, keys: index.keys.map(keyOf), include: index.include, where: index.where }
        : null,
    unique: index.unique,
    needed: index.needed,
    valid: index.valid,
    bytes: index.bytes,
  };
}

function keyOf(key: IndexRow['keys'][number]): IndexKey {
  return {
    column: key.column,
    expression: key.expression,
    desc: key.desc,
    nullsFirst: key.nullsFirst === key.desc ? null : key.nullsFirst,
    collate: key.collate,
    opclass: key.opclass,
  };
}

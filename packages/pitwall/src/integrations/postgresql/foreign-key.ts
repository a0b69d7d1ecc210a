import { keyOn } from '../_sql/advisor/key-of.ts';
import { indexName } from './advise/index-name.ts';
import type { ForeignKeyFact } from './facts/schema.ts';
import { nameOf, qualified, quoteIdentifier } from './identifiers.ts';
import { type Part, partitionedText } from './tunables/partitioned-index.ts';

/** What matters of an index for looking up the children of a parent row. */
export interface ServingIndex {
  readonly method: string;
  readonly valid: boolean;
  readonly where: string | null;
  /** Key columns in order, without those included; null for an expression. */
  readonly columns: readonly (string | null)[];
}

/**
 * Whether the look-up that deletes of a parent make (`WHERE a = $1 AND b = $2` on the child) can use an index: its first
 * columns are those of the key, in any order. A partial index only when its predicate is that these columns are not null,
 * which `=` implies (predicate_implied_by in the server's predtest.c). Hash serves one column only, and is it alone.
 */
export function servesForeignKey(index: ServingIndex, columns: readonly string[]): boolean {
  if (!index.valid || !(index.method === 'btree' || (index.method === 'hash' && columns.length === 1))) return false;
  const first = index.columns.slice(0, columns.length);
  const begins = first.length === columns.length && columns.every((column) => first.includes(column));
  return begins && (index.where === null || isNotNull(index.where, columns));
}

/** `(a IS NOT NULL)`, `((a IS NOT NULL) AND (b IS NOT NULL))`: as pg_get_expr writes it, of these columns alone. */
function isNotNull(where: string, columns: readonly string[]): boolean {
  const tests = [...where.matchAll(/\(((?:"(?:[^"]|"")+"|[^\s()"]+)) IS NOT NULL\)/g)].map(([, name]) => name!);
  const rest = where.replaceAll(/\((?:"(?:[^"]|"")+"|[^\s()"]+) IS NOT NULL\)/g, '').replaceAll(/\bAND\b|[\s()]/g, '');
  const plain = tests.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
  return tests.length > 0 && rest === '' && plain.every((name) => columns.includes(name));
}

/** Rows of a child: reading all of a smaller one takes well under a millisecond. As for sqlite/foreign-key-without-index. */
export const WORTH_AN_INDEX = 1000;

type Child = Pick<ForeignKeyFact, 'schema' | 'table' | 'tableName' | 'columns'>;

/**
 * The index that a foreign key lacks, as what is wanted and as SQL. Named as the advisor would name it, so that the same one is not
 * proposed twice. `taken`: names in its schema. `parts`: the child and all below it, where it is partitioned; else none.
 */
export function lackingIndex(key: Child, taken: ReadonlySet<string>, parts: readonly Part[]) {
  const keys = key.columns.map((column) => ({ ...keyOn(column) }));
  const name = indexName({ table: key.table, keys, include: [], where: null }, taken);
  const target = {
    table: { schema: key.schema, name: key.tableName },
    keys,
    include: [],
    where: null,
    unique: false as const,
    method: 'btree' as const,
    ...(parts.length > 0 ? { partitioned: true as const } : {}),
  };
  const columns = key.columns.map(quoteIdentifier).join(', ');
  const sql =
    parts.length > 0
      ? partitionedText(nameOf(key.schema, name), target, parts)
      : `CREATE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${qualified(key.schema, key.tableName)} (${columns})`;
  return { name, target, sql: `${sql};` };
}

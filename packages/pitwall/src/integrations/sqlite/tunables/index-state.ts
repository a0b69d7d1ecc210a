import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Json } from '../../../model/json.ts';
import { expressionProblem, sameSql } from '../definition.ts';
import { createIndexSql, type IndexTerm } from '../identifiers.ts';

const direction = { desc: z.boolean().optional(), collate: z.string().min(1).max(100).optional() };

/** From a plan file that anyone may have edited: it becomes SQL, so it must be an expression and nothing else. */
const expression = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => expressionProblem(text) === null, {
    error: ({ input }) => `not an expression: ${expressionProblem(String(input))}`,
  });

const column = z.union([
  z.strictObject({ name: z.string().min(1).max(500), ...direction }),
  z.strictObject({ expression, ...direction }),
]);

/** What a plan may ask for: an index, or null for none. */
export const indexTarget = z
  .strictObject({
    table: z.string().min(1).max(500),
    columns: z.array(column).min(1).max(32),
    unique: z.boolean().optional(),
    where: expression.nullable().optional(),
  })
  .nullable();

export type IndexTarget = z.infer<typeof indexTarget>;

/** A type and not an interface, so that it is assignable to Json. */
export type IndexState = {
  readonly table: string;
  /** As stored in the schema; null when a constraint made it. */
  readonly sql: string | null;
  readonly unique: boolean;
  readonly partial: boolean;
  /** `create` (CREATE INDEX), or the constraint it belongs to. */
  readonly origin: 'create' | 'unique' | 'primary-key';
  /** `name` is null for an expression. */
  readonly columns: readonly { readonly name: string | null; readonly desc: boolean; readonly collate: string }[];
};

const ORIGINS = { c: 'create', u: 'unique', pk: 'primary-key' } as const;

/** The index called `name`, or null when there is none. Names of indexes are not case-sensitive. */
export function readIndex(database: DatabaseSync, name: string): IndexState | null {
  const found = database
    .prepare("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND name = ? COLLATE NOCASE")
    .get(name) as { name: string; tbl_name: string; sql: string | null } | undefined;
  if (!found) return null;
  const listed = database
    .prepare('SELECT "unique", origin, partial FROM pragma_index_list(?) WHERE name = ?')
    .get(found.tbl_name, found.name) as { unique: number; origin: keyof typeof ORIGINS; partial: number };
  const columns = database
    .prepare('SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno')
    .all(found.name) as { name: string | null; desc: number; coll: string }[];
  return {
    table: found.tbl_name,
    sql: found.sql,
    unique: listed.unique === 1,
    partial: listed.partial === 1,
    origin: ORIGINS[listed.origin],
    columns: columns.map(({ name: columnName, desc, coll }) => ({ name: columnName, desc: desc === 1, collate: coll })),
  };
}

/**
 * True when the index is what was asked for. A collation that was not asked for is the column's own. Expressions are known
 * by the statement that made them alone: with them, it has to be ours.
 */
export function isIndex(state: Json, { subject, to }: { readonly subject: string; readonly to: IndexTarget }): boolean {
  if (state === null || to === null) return state === to;
  const index = state as IndexState;
  if (to.where || to.columns.some((term) => 'expression' in term)) {
    return index.sql !== null && sameSql(index.sql, createIndexSql(subject, to as NonNullable<IndexTarget>));
  }
  return (
    same(index.table, to.table) &&
    !index.partial &&
    index.unique === (to.unique ?? false) &&
    index.columns.length === to.columns.length &&
    to.columns.every((term: IndexTerm, position) => {
      const column = index.columns[position]!;
      return (
        column.name !== null &&
        same(column.name, term.name ?? '') &&
        column.desc === (term.desc ?? false) &&
        (term.collate === undefined || same(column.collate, term.collate))
      );
    })
  );
}

/** True when `b` is wanted only as a leading part of `a`: SQLite can use `a` wherever it could use `b`. */
export function coversIndex(a: IndexTarget, b: IndexTarget): boolean {
  if (a === null || b === null || b.unique || !same(a.table, b.table)) return false;
  if (b.columns.length > a.columns.length || (a.where ?? null) !== (b.where ?? null)) return false;
  return b.columns.every((column: IndexTerm, position) => {
    const other: IndexTerm = a.columns[position]!;
    return (
      same(column.name ?? '', other.name ?? '') &&
      column.expression === other.expression &&
      (column.desc ?? false) === (other.desc ?? false) &&
      same(column.collate ?? '', other.collate ?? '')
    );
  });
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

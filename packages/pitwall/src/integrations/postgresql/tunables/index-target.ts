import { createHash } from 'node:crypto';
import { z } from 'zod';
import { nameOf, partsOf, qualified, quoteIdentifier } from '../identifiers.ts';
import { expressionProblem } from './expression.ts';

/** A name of a thing: PostgreSQL cuts off what is longer than 63 bytes, and would then make something else than was asked for. */
export const identifier = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'), 'expected a name of at most 63 bytes');

const expression = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const problem = expressionProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: `not an expression: ${problem}` });
  });

/** `name` or `schema.name`, as `nameOf` writes it. */
const named = z
  .string()
  .max(300)
  .refine((name) => [1, 2].includes(partsOf(name)?.length ?? 0), 'expected a name, or schema.name');

const key = z
  .strictObject({
    column: identifier.nullable().default(null),
    expression: expression.nullable().default(null),
    desc: z.boolean().default(false),
    nullsFirst: z.boolean().nullable().default(null),
    collate: named.nullable().default(null),
    opclass: named.nullable().default(null),
  })
  .refine(
    ({ column, expression: text }) => (column === null) !== (text === null),
    'expected a column or an expression',
  );

export const tableName = z.strictObject({ schema: identifier, name: identifier });

/** What a plan may ask for: an index, or null for none. */
export const indexTarget = z
  .strictObject({
    table: tableName,
    /** INDEX_MAX_KEYS of PostgreSQL is 32. */
    keys: z.array(key).min(1).max(32),
    include: z.array(identifier).max(31).default([]),
    where: expression.nullable().default(null),
    // One that makes values unique could refuse what the application writes.
    unique: z.literal(false).default(false),
    /** The table is partitioned, as far as whoever asks for the index knows: said beforehand is then what is run for its partitions. */
    partitioned: z.literal(true).exactOptional(),
    method: z.enum(['btree', 'hash', 'gin', 'gist', 'spgist', 'brin']).default('btree'),
  })
  .nullable();

export type IndexTarget = NonNullable<z.infer<typeof indexTarget>>;

/** Schema and name of a subject `schema.name`; null when it is not one. */
export function subjectOf(subject: string): { readonly schema: string; readonly name: string } | null {
  const [schema, name, ...more] = partsOf(subject) ?? [];
  return schema === undefined || name === undefined || more.length > 0 ? null : { schema, name };
}

/** `CREATE INDEX CONCURRENTLY "name" ON "schema"."table" USING btree (…)`. `on`: another table with the same columns. */
export function createSql(
  name: string,
  to: IndexTarget,
  { concurrently, on = qualified(to.table.schema, to.table.name) }: { concurrently: boolean; on?: string },
): string {
  const keys = to.keys.map(({ column, expression: text, desc, nullsFirst, collate, opclass }) =>
    [
      column === null ? `(${text})` : quoteIdentifier(column),
      collate === null ? '' : `COLLATE ${quoted(collate)}`,
      opclass === null ? '' : quoted(opclass),
      desc ? 'DESC' : '',
      nullsFirst === null ? '' : `NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
  const include = to.include.length === 0 ? '' : ` INCLUDE (${to.include.map(quoteIdentifier).join(', ')})`;
  const where = to.where === null ? '' : ` WHERE (${to.where})`;
  const create = `CREATE INDEX${concurrently ? ' CONCURRENTLY' : ''} ${quoteIdentifier(name)}`;
  return `${create} ON ${on} USING ${to.method} (${keys.join(', ')})${include}${where}`;
}

function quoted(name: string): string {
  return partsOf(name)!.map(quoteIdentifier).join('.');
}

/**
 * Names that an index has while it is built and while it is dropped. It gets and loses its own name in one moment, so that
 * whatever is called so is whole, and what an end in between leaves behind is known to be ours.
 */
export function workingNames(subject: string): { readonly building: string; readonly dropping: string } {
  const digest = shortHash(subject);
  return { building: `pitwall_new_${digest}`, dropping: `pitwall_old_${digest}` };
}

/** Of the index on one partition: that of its parent with an ending of its own, within 63 bytes. */
export function partName(name: string, partition: { readonly schema: string; readonly name: string }): string {
  const ending = `_${shortHash(nameOf(partition.schema, partition.name)).slice(0, 8)}`;
  let stem = name;
  while (Buffer.byteLength(stem + ending) > 63) stem = [...stem].slice(0, -1).join('');
  return stem + ending;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** True when `b` is wanted only as a leading part of `a`: the planner can use `a` wherever it could use `b`. */
export function coversIndex(a: IndexTarget | null, b: IndexTarget | null): boolean {
  if (a === null || b === null || a.method !== 'btree' || b.method !== 'btree' || a.where !== b.where) return false;
  if (nameOf(a.table.schema, a.table.name) !== nameOf(b.table.schema, b.table.name)) return false;
  if (b.keys.length > a.keys.length) return false;
  const carried = new Set([...a.keys.flatMap(({ column }) => column ?? []), ...a.include]);
  return (
    b.keys.every((one, position) => JSON.stringify(one) === JSON.stringify(a.keys[position])) &&
    b.include.every((column) => carried.has(column))
  );
}

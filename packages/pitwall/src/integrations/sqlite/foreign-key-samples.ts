import type { DatabaseSync } from 'node:sqlite';
import { quoteIdentifier } from './identifiers.ts';
import type { QueryParameters } from './options.ts';
import { coveringIndex, type Schema, type SchemaForeignKey } from './schema.ts';

/**
 * Values with which to time the look-up of a key's child rows: one that no row has, which is what the delete of a parent
 * without children searches for, and, when all columns are whole numbers, some that the parent has. Text is not taken out
 * of the database: it may be somebody's name.
 */
export function foreignKeySamples(database: DatabaseSync, schema: Schema, key: SchemaForeignKey): QueryParameters[] {
  const columns = key.columns.map(
    (name) =>
      schema.tables
        .find((table) => table.name === key.child)
        ?.columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.type ?? '',
  );
  // Affinity by the rules of https://sqlite.org/datatype3.html#determination_of_column_affinity.
  const numeric = columns.map((type) => /INT/i.test(type));
  const absent = numeric.map((isNumber) => (isNumber ? Number.MIN_SAFE_INTEGER : 'pitwall: no such key'));
  const samples: QueryParameters[] = [absent];
  // Without an index on the parent's key (a broken schema) looking for one would read the whole table.
  const quick = coveringIndex(schema, key.parent, key.parentColumns) !== null;
  if (quick && numeric.every(Boolean)) samples.push(...existing(database, key));
  return samples;
}

/** The smallest and the largest key: found through the parent's own index, whatever its size. */
function existing(database: DatabaseSync, key: SchemaForeignKey): QueryParameters[] {
  const names = key.parentColumns.map(quoteIdentifier);
  if (names.length !== key.columns.length) return [];
  const list = names.join(', ');
  try {
    return ['ASC', 'DESC'].flatMap((direction) => {
      const order = names.map((name) => `${name} ${direction}`).join(', ');
      const statement = database.prepare(
        `SELECT ${list} FROM main.${quoteIdentifier(key.parent)} ORDER BY ${order} LIMIT 1`,
      );
      statement.setReturnArrays(true);
      const row = statement.get() as unknown as unknown[] | undefined;
      return row?.every((value) => typeof value === 'number') ? [row as number[]] : [];
    });
  } catch {
    // The parent table may not exist (SQLite allows that), or hold integers that JavaScript cannot.
    return [];
  }
}

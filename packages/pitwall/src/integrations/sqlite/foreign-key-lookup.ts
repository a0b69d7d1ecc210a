import type { QueryParameters } from './options.ts';
import type { Schema, SchemaForeignKey } from './schema.ts';

/** Rows of a child: reading all of a smaller one takes well under a millisecond. As for sqlite/missing-index. */
export const WORTH_AN_INDEX = 1000;

/**
 * A key that no row has, with which to time the look-up of a foreign key's child rows. Deleting a parent is allowed when it
 * has no children (or they are deleted with it, then all of them are looked for), so the search that finds none is the one
 * to time. A key taken from the data would end at the first child row, and might be somebody's name.
 */
export function absentKey(schema: Schema, key: SchemaForeignKey): QueryParameters {
  const columns = schema.tables.find((table) => table.name === key.child)?.columns ?? [];
  return key.columns.map((name) => {
    const type = columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.type ?? '';
    // INTEGER affinity, https://sqlite.org/datatype3.html#determination_of_column_affinity.
    return /INT/i.test(type) ? Number.MIN_SAFE_INTEGER : 'pitwall: no such key';
  });
}

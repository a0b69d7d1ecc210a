import type { IndexKey, IndexSpec } from './problem.ts';

/**
 * What an index is, as one text: two definitions with the same text serve the same statements. An index that is the other one
 * read backwards has the same text, because a B-tree is read either way. The order of INCLUDE columns says nothing.
 * Names are taken as they are: all specs carry the spelling of the catalog.
 */
export function keyOf(spec: IndexSpec): string {
  return JSON.stringify([
    spec.table,
    forwards(spec.keys).map(keyText),
    [...spec.include].sort(),
    predicateText(spec.where),
  ]);
}

/** One key as text, direction and all. */
export function keyText(key: IndexKey): string {
  const nulls = key.nullsFirst === null ? '' : key.nullsFirst ? '<' : '>';
  return JSON.stringify([key.column, key.expression, `${key.desc ? '-' : '+'}${nulls}`, key.collate, key.opclass]);
}

/** The keys read in the direction in which the first ascends. */
export function forwards(keys: readonly IndexKey[]): readonly IndexKey[] {
  return keys[0]?.desc ? keys.map(backwards) : keys;
}

/** The key as it reads from the end of the index. A default placement of nulls stays the default of the other direction. */
export function backwards(key: IndexKey): IndexKey {
  return { ...key, desc: !key.desc, nullsFirst: key.nullsFirst === null ? null : !key.nullsFirst };
}

/** An ascending key on a column, all else by default. */
export function keyOn(column: string): IndexKey {
  return { column, expression: null, desc: false, nullsFirst: null, collate: null, opclass: null };
}

/** Predicates compare as written, but for white space. */
export function predicateText(where: string | null): string | null {
  return where === null ? null : where.trim().replace(/\s+/g, ' ');
}

/** What a key is of, without its direction: the column, or the expression. */
export function subjectOf(key: Pick<IndexKey, 'column' | 'expression'>): string {
  return key.column ?? `(${key.expression})`;
}

/** Names of the columns that the index holds as such; columns within expressions are not known. */
export function columnsIn(spec: IndexSpec): ReadonlySet<string> {
  const names = new Set(spec.include);
  for (const key of spec.keys) if (key.column !== null) names.add(key.column);
  return names;
}

/** For people: `orders (customer_id, created_at DESC) INCLUDE (total) WHERE deleted_at IS NULL`. */
export function describeIndex(spec: IndexSpec): string {
  const keys = spec.keys.map((key) =>
    [
      subjectOf(key),
      ...(key.collate === null ? [] : [`COLLATE ${key.collate}`]),
      ...(key.opclass === null ? [] : [key.opclass]),
      ...(key.desc ? ['DESC'] : []),
      ...(key.nullsFirst === null ? [] : [key.nullsFirst ? 'NULLS FIRST' : 'NULLS LAST']),
    ].join(' '),
  );
  const include = spec.include.length > 0 ? ` INCLUDE (${spec.include.join(', ')})` : '';
  return `${spec.table} (${keys.join(', ')})${include}${spec.where === null ? '' : ` WHERE ${spec.where}`}`;
}

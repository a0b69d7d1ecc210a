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

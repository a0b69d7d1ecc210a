import { backwards, keyOn, keyText, predicateText } from './key-of.ts';
import type { AdvisorTable, IndexKey, IndexSpec } from './problem.ts';

/**
 * True when `wide` does all that `narrow` does: the same rows (predicate), `narrow`'s keys as its first keys in the same or in
 * the opposite order with the same collation, operator class and placement of nulls, and every column that `narrow` carries.
 * An index of a rowid table ends with the rowid: `(a, id)` is `(a)`, and nothing behind the rowid changes the order.
 */
export function serves(
  wide: IndexSpec,
  narrow: IndexSpec,
  { rowid, name }: Pick<AdvisorTable, 'rowid' | 'name'>,
): boolean {
  if (wide.table !== name || narrow.table !== name) return false;
  if (predicateText(wide.where) !== predicateText(narrow.where)) return false;
  const has = withRowid(wide.keys, rowid);
  const wanted = upToRowid(narrow.keys, rowid);
  if (wanted.length === 0) return false;
  const needed = wanted.map(keyText);
  const begins = (keys: readonly IndexKey[]) => needed.every((text, i) => keys[i] && keyText(keys[i]) === text);
  if (!begins(has) && !begins(has.map(backwards))) return false;
  const held = new Set<string | null>(wide.include);
  for (const key of has) held.add(key.column);
  return [...narrow.include, ...narrow.keys.map((key) => key.column)].every(
    (column) => column === null || held.has(column),
  );
}

/** Whether both are the same index to every statement. */
export function sameIndex(a: IndexSpec, b: IndexSpec, table: Pick<AdvisorTable, 'rowid' | 'name'>): boolean {
  return serves(a, b, table) && serves(b, a, table);
}

/** Keys up to where the rowid settles the order. */
function upToRowid(keys: readonly IndexKey[], rowid: string | null): readonly IndexKey[] {
  const at = rowid === null ? -1 : keys.findIndex((key) => key.column === rowid);
  return at < 0 ? keys : keys.slice(0, at + 1);
}

function withRowid(keys: readonly IndexKey[], rowid: string | null): readonly IndexKey[] {
  if (rowid === null || keys.some((key) => key.column === rowid)) return keys;
  return [...keys, keyOn(rowid)];
}

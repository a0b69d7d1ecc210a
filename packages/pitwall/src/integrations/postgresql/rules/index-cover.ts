import type { ForeignKeyFact, IndexFact } from '../facts/schema.ts';
import { servesForeignKey } from '../foreign-key.ts';

/** What makes two keys the same: also the operator class, the collation, the direction and where nulls go. */
const keysOf = ({ keys }: IndexFact): readonly string[] =>
  keys.map((key) => JSON.stringify([key.column, key.expression, key.desc, key.nullsFirst, key.collation, key.opclass]));

/** Nothing but the planner needs it: it makes nothing unique, stands for no constraint, and nothing refers to it. */
export function isOnlyForSpeed(index: IndexFact): boolean {
  return !index.unique && isFree(index);
}

/** It may be dropped when something else does what it does. A part of a partitioned index goes with the whole. */
function isFree(index: IndexFact): boolean {
  const bound = index.primary || index.exclusion || index.constraint !== null || index.referenced;
  return !bound && !index.replicaIdentity && !index.clustered && index.parent === null;
}

/** Every query that `index` can serve `by` serves as well: what is in it and its order are the same, or more. */
export function isCovered(index: IndexFact, by: IndexFact): 'equal' | 'wider' | null {
  if (!by.valid || !by.ready || index.table !== by.table || index.method !== by.method || index.where !== by.where) {
    return null;
  }
  const [own, others] = [keysOf(index), keysOf(by)];
  if (own.length > others.length || !own.every((key, place) => key === others[place])) return null;
  // Only a B-tree finds rows by its first keys as quickly as by all.
  if (own.length < others.length && index.method !== 'btree') return null;
  const carried = new Set([...by.keys.flatMap(({ column }) => column ?? []), ...by.include]);
  if (!index.include.every((column) => carried.has(column))) return null;
  return own.length === others.length && by.include.every((column) => index.include.includes(column))
    ? 'equal'
    : 'wider';
}

/** True when `index` can go because of `by`: uniqueness that it guards is guarded by the other as well. */
export function isReplaceable(index: IndexFact, by: IndexFact): boolean {
  if (!isFree(index)) return false;
  if (!index.unique) return true;
  const guards = by.unique && by.nullsNotDistinct === index.nullsNotDistinct && (by.immediate || !index.immediate);
  return guards && by.keys.length === index.keys.length;
}

/** Foreign keys whose look-ups it can serve. */
export function servedBy(
  index: IndexFact,
  foreignKeys: ReadonlyMap<string, ForeignKeyFact>,
): readonly ForeignKeyFact[] {
  const columns = index.keys.map(({ column }) => column);
  const serving = { method: index.method, valid: index.valid, where: index.where, columns };
  return [...foreignKeys.values()].filter(
    ({ table, columns: key }) => table === index.table && servesForeignKey(serving, key),
  );
}

/** `(customer_id, created_at DESC) INCLUDE (total)`, for people. */
export function columnsText({ keys, include, where }: IndexFact): string {
  const texts = keys.map(({ column, expression, desc }) => `${column ?? expression}${desc ? ' DESC' : ''}`);
  const included = include.length === 0 ? '' : ` INCLUDE (${include.join(', ')})`;
  return `(${texts.join(', ')})${included}${where === null ? '' : ` WHERE ${where}`}`;
}

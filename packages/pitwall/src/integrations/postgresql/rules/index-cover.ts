import type { Threshold } from '../../../model/rule.ts';
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
function isReplaceable(index: IndexFact, by: IndexFact): boolean {
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

export const mostTimesAsLarge: Threshold = {
  value: 4,
  unit: 'times its size',
  source:
    'Own choice: a wide index many times as large reads more pages for the same rows; from here on it is a trade-off, not waste. Deduplication makes narrow indexes with few values small (PostgreSQL 13).',
};

/** Which can go, and by the name of which other it is answered. */
type Needless = ReadonlyMap<string, string>;

/** Indexes that are the same as another. The least used goes, then the later by name: the one that plans already use stays. */
export function duplicatesIn(indexes: ReadonlyMap<string, IndexFact>): Needless {
  const dropped = new Map<string, string>();
  const ofTable = Map.groupBy(indexes, ([, { table }]) => table);
  const byUse = [...indexes].toSorted(([a, x], [b, y]) => x.scans - y.scans || (a < b ? 1 : -1));
  for (const [name, index] of byUse) {
    if (!index.valid) continue;
    const keeper = ofTable
      .get(index.table)
      ?.find(
        ([other, by]) =>
          other !== name && !dropped.has(other) && isCovered(index, by) === 'equal' && isReplaceable(index, by),
      );
    if (keeper) dropped.set(name, keeper[0]);
  }
  return dropped;
}

/**
 * Indexes whose columns begin a wider one of at most `mostTimes` its size, which stays. Those that are the same as another are
 * not among them: they go for that reason.
 */
export function redundantIn(
  indexes: ReadonlyMap<string, IndexFact>,
  foreignKeys: ReadonlyMap<string, ForeignKeyFact>,
  mostTimes: number,
): Needless {
  const duplicates = duplicatesIn(indexes);
  const dropped = new Map<string, string>();
  const ofTable = Map.groupBy(indexes, ([, { table }]) => table);
  const goes = (name: string) => duplicates.has(name) || dropped.has(name);
  // The widest first, so that what a narrow one is left to is itself there to stay.
  for (const [name, index] of [...indexes].toSorted(([, a], [, b]) => b.keys.length - a.keys.length)) {
    if (!index.valid || !isOnlyForSpeed(index) || goes(name)) continue;
    const served = servedBy(index, foreignKeys);
    const keeper = ofTable
      .get(index.table)
      ?.find(
        ([other, by]) =>
          other !== name &&
          !goes(other) &&
          isCovered(index, by) === 'wider' &&
          by.bytes <= mostTimes * Math.max(index.bytes, 8192) &&
          served.every((key) => servedBy(by, foreignKeys).includes(key)),
      );
    if (keeper) dropped.set(name, keeper[0]);
  }
  return dropped;
}

/** `(customer_id, created_at DESC) INCLUDE (total)`, for people. */
export function columnsText({ keys, include, where }: IndexFact): string {
  const texts = keys.map(({ column, expression, desc }) => `${column ?? expression}${desc ? ' DESC' : ''}`);
  const included = include.length === 0 ? '' : ` INCLUDE (${include.join(', ')})`;
  return `(${texts.join(', ')})${included}${where === null ? '' : ` WHERE ${where}`}`;
}

import { forwards, subjectOf } from './key-of.ts';
import type { AdvisorTable, IndexKey } from './problem.ts';
import { bySharing, type Popularity, type UseColumns, unique } from './use-columns.ts';

/** Keys in an order that could serve a use. Sequences come best guess first. */
export type Sequence = readonly IndexKey[];

/**
 * Orders of keys for one use (research: equality before one range, equality before the sort, the sort alone under LIMIT, join
 * keys for the inner side): E, E+R, E+S, joins with and without E, S, G, single columns.
 * `main` are those that the use was made for; `other` are weaker ones that several statements may come to share.
 */
export function ordersOf(
  use: UseColumns,
  popularity: Popularity,
  maxKeys: number,
): { readonly main: readonly Sequence[]; readonly other: readonly Sequence[] } {
  const equal = bySharing(use.equal, use.table, popularity);
  const among = bySharing(use.among, use.table, popularity);
  const tested = bySharing([...equal, ...among], use.table, popularity);
  const main: Sequence[] = [];
  const other: Sequence[] = [];
  // Read backwards it gives the other direction, also behind keys of one value: an ascending start is the one that others share.
  const [order, group] = [forwards(use.order), forwards(use.group)];
  const sorts = [order, group].filter((keys) => keys.length > 0);

  for (const range of use.ranges) main.push([...tested, range]);
  main.push(tested);
  if (equal.length > 0) {
    // Only single values keep the order of what follows; the rest may then still filter within the index.
    for (const sort of sorts) main.push([...equal, ...sort], [...equal, ...sort, ...among, ...use.ranges]);
  }
  for (const join of joinGroups(use)) {
    main.push([...tested, ...join], [...join, ...tested]);
    if (tested.length > 0) main.push(join);
    for (const range of use.ranges) main.push([...join, ...tested, range]);
    for (const sort of sorts) other.push([...join, ...equal, ...sort]);
  }
  // Where all of the table is read in any case, its order is all that an index can give.
  const alone = use.limit || (tested.length === 0 && use.joins.length === 0) ? main : other;
  if (order.length > 0) alone.push(order, [...order, ...tested, ...use.ranges]);
  if (group.length > 0) {
    const grouped = tested.length === 0 && use.joins.length === 0 ? main : other;
    grouped.push(group, [...group, ...tested, ...use.ranges]);
  }
  if (use.ranges.length > 1) other.push([...tested, ...use.ranges]);
  for (const key of [...tested, ...use.ranges]) other.push([key]);
  for (const { key } of use.joins) other.push([key]);
  const clean = (list: readonly Sequence[]) =>
    list.map((keys) => tidy(keys, use.table, maxKeys)).filter((keys) => keys.length > 0);
  return { main: clean(main), other: clean(other) };
}

/** Each join key; those to the same table together; all together. */
function joinGroups({ joins }: UseColumns): readonly Sequence[] {
  const groups = new Map<string, IndexKey[]>();
  const byTable = new Map<string, IndexKey[]>();
  const add = (keys: readonly IndexKey[]) => {
    const list = unique(keys);
    groups.set(list.map(subjectOf).join('\n'), list);
  };
  for (const { key, other } of joins) {
    add([key]);
    if (other !== null) byTable.set(other, [...(byTable.get(other) ?? []), key]);
  }
  for (const keys of byTable.values()) add(keys);
  if (joins.length > 1) add(joins.map(({ key }) => key));
  return [...groups.values()];
}

/** No column twice, at most `maxKeys`; a rowid at the front is the table itself, at the end it is there anyway. */
function tidy(keys: Sequence, { rowid }: AdvisorTable, maxKeys: number): Sequence {
  const list = unique(keys).slice(0, maxKeys);
  if (rowid === null) return list;
  if (list[0]?.column === rowid) return [];
  const last = list.at(-1);
  return last?.column === rowid && !last.desc ? list.slice(0, -1) : list;
}

import { subjectOf } from './key-of.ts';
import type { IndexSpec } from './problem.ts';

/**
 * The same indexes, those that differ most first: one for each first key of each table (in the order given), then a further second
 * key for each, and so on. A planner that errs errs about a column, and so about every index that begins with it: its
 * first ten may all be the same mistake.
 */
export function diverse<T extends { readonly spec: IndexSpec }>(indexes: readonly T[]): readonly T[] {
  const byFirst = [...groups(indexes, ({ spec }) => `${spec.table}\n${subjectOf(spec.keys[0]!)}`).values()];
  return inTurns(
    byFirst.map((group) =>
      inTurns([...groups(group, ({ spec }) => spec.keys.slice(1, 2).map(subjectOf).join()).values()]),
    ),
  );
}

function groups<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = found.get(name);
    if (group) group.push(item);
    else found.set(name, [item]);
  }
  return found;
}

function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

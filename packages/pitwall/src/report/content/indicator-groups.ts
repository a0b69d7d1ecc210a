import { clean } from '../text.ts';

/** How indicators of runs are put together for a reader. */

/** What a group is made from. */
interface Grouped {
  readonly indicator: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string;
}

const WHOLE_LOAD = 'the whole load';
const ONE_VALUE = ': one value a run';
const COST = ': what a request costs';

/**
 * The whole load, then its endpoints, then what a request costs each target, then what has one value a run; in each the order
 * of `sortedBy`, and what that leaves equal as it came.
 */
export function indicatorGroups<T extends Grouped>(
  all: readonly T[],
  sortedBy: (one: T) => number,
): readonly { readonly title: string; readonly members: readonly T[] }[] {
  return [...Map.groupBy(all, titleOf)]
    .toSorted(([a], [b]) => rankOf(a) - rankOf(b))
    .map(([title, members]) => ({ title, members: members.toSorted((a, b) => sortedBy(a) - sortedBy(b)) }));
}

function titleOf({ indicator, labels, target }: Grouped): string {
  if (indicator.startsWith('cost.')) return clean(target) + COST;
  if (!indicator.startsWith('load.')) return clean(target) + ONE_VALUE;
  return labels.endpoint === undefined ? WHOLE_LOAD : clean(labels.endpoint);
}

function rankOf(title: string): number {
  if (title === WHOLE_LOAD) return 0;
  if (title.endsWith(ONE_VALUE)) return 3;
  return title.endsWith(COST) ? 2 : 1;
}

const FIGURES = ['p50', 'p90', 'p95', 'p99', 'mean'];

/** Place of the figure at the end of an indicator's name among those of a distribution; -1 when it ends in something else. */
export function figureOrder(indicator: string): number {
  return FIGURES.indexOf(indicator.split('.').at(-1)!);
}

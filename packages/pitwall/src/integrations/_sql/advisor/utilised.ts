import type { CostCache } from './cost-cache.ts';
import { columnsIn, subjectOf } from './key-of.ts';
import type { Predicate } from './predicates.ts';
import type { IndexSpec } from './problem.ts';
import type { UseColumns } from './use-columns.ts';

/**
 * How often the indexes of a plan are taken away to see the next best, by the number of statements: all there are of a small
 * workload; of a large one enough for second-bests when the best ones do not fit. Each costs a question a statement.
 */
const QUESTIONS = 6000;
const PEELS: readonly [fewest: number, most: number] = [6, 24];

/** Hypothetical indexes on a statement's tables at a time: planning grows with them. */
const AT_ONCE = 32;

/**
 * Which of its candidates the planner takes for each statement: asked with all of them, then without those it took, and so on.
 * A handful of questions a statement in place of one for each candidate. (AutoAdmin and DB2 Advisor ask once and keep the best only.)
 * Leaves each statement seeing exactly what it gave.
 */
export async function utilised(
  wanted: ReadonlyMap<string, readonly number[]>,
  cache: CostCache,
): Promise<ReadonlyMap<string, readonly number[]>> {
  for (const [statement, ids] of wanted) cache.show(statement, ids);
  const current = new Map(wanted);
  // More than the planner can well weigh at once: heats first, the winners of each meet afterwards.
  let large = [...current].filter(([, ids]) => ids.length > AT_ONCE);
  while (large.length > 0) {
    for (const [statement, ids] of await inHeats(large, cache)) current.set(statement, ids);
    // One that none of its heats made smaller is asked as it is.
    large = large.filter(([statement, ids]) => {
      const { length } = current.get(statement)!;
      return length > AT_ONCE && length < ids.length;
    });
    large = large.map(([statement]) => [statement, current.get(statement)!]);
  }
  const peels = Math.min(PEELS[1], Math.max(PEELS[0], Math.floor(QUESTIONS / (1 + wanted.size))));
  const found = await peel(current, cache, peels);
  for (const [statement, ids] of found) cache.show(statement, ids);
  return found;
}

async function inHeats(
  large: readonly (readonly [string, readonly number[]])[],
  cache: CostCache,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const winners = new Map<string, number[]>(large.map(([statement]) => [statement, []]));
  const most = Math.max(...large.map(([, ids]) => ids.length));
  for (let from = 0; from < most; from += AT_ONCE) {
    const heat = new Map(large.map(([statement, ids]) => [statement, ids.slice(from, from + AT_ONCE)]));
    for (const [statement, ids] of await peel(heat, cache, 2)) winners.get(statement)!.push(...ids);
  }
  return winners;
}

async function peel(
  wanted: ReadonlyMap<string, readonly number[]>,
  cache: CostCache,
  times: number,
): Promise<Map<string, readonly number[]>> {
  const taken = new Map<string, number[]>([...wanted.keys()].map((statement) => [statement, []]));
  let left = new Map(
    [...wanted].filter(([, ids]) => ids.length > 0).map(([statement, ids]) => [statement, new Set(ids)]),
  );
  for (let i = 0; i < times && left.size > 0; i++) {
    await cache.need([...left].map(([statement, set]) => ({ statement, set })));
    const next = new Map<string, Set<number>>();
    for (const [statement, set] of left) {
      const uses = cache.planned(statement, set)?.uses ?? [];
      taken.get(statement)!.push(...uses);
      const rest = new Set([...set].filter((id) => !uses.includes(id)));
      if (uses.length > 0 && rest.size > 0) next.set(statement, rest);
    }
    left = next;
  }
  return taken;
}

/**
 * Whether a statement that uses the table in these ways could want the index: it tests, joins or sorts by the first key, or reads
 * nothing that the index does not hold; and it tests what the predicate tests. Everything else is not worth a question.
 */
export function couldServe(spec: IndexSpec, uses: readonly UseColumns[], predicate: Predicate | null): boolean {
  const first = subjectOf(spec.keys[0]!);
  return uses.some((use) => {
    if (use.table.name !== spec.table) return false;
    const tested = new Set([...use.equal, ...use.among, ...use.ranges].map(subjectOf));
    const constant = new Set(use.constants.flatMap(({ columns }) => columns));
    if (predicate && !predicate.columns.every((column) => tested.has(column) || constant.has(column))) return false;
    if (tested.has(first) || constant.has(first)) return true;
    if ([...use.joins.map(({ key }) => key), ...use.order, ...use.group].some((key) => subjectOf(key) === first))
      return true;
    const held = columnsIn(spec);
    return use.output?.every((column) => held.has(column) || column === use.table.rowid) ?? false;
  });
}

import { subjectOf } from './key-of.ts';
import type { ConstantUse, UseColumns } from './use-columns.ts';

/** A partial index must leave out most rows to be worth its narrow use: research §2.3.3. */
const KEEPS = 0.2;

/** More constant tests than this are tried together only. */
const ALONE = 3;

export interface PartialUse {
  readonly where: string;
  /** Columns of the predicate. */
  readonly tested: readonly string[];
  /** Share of the rows that pass; null when none of its tests is known. */
  readonly kept: number | null;
  /** What is left to be a key: the constant columns are settled by the predicate. */
  readonly use: UseColumns;
}

/**
 * The predicates worth an index of their own: each constant test, and all together, when less than 20 % of the rows pass. How
 * many pass is often not known before: then the planner decides.
 */
export function partialUses(use: UseColumns): readonly PartialUse[] {
  const { constants } = use;
  const sets: (readonly ConstantUse[])[] = constants.length <= ALONE ? constants.map((test) => [test]) : [];
  if (constants.length > 1) sets.push(constants);
  return sets
    .map((tests) => ({ tests, kept: keptOf(tests) }))
    .filter(({ kept }) => kept === null || kept < KEEPS)
    .map(({ tests, kept }) => ({
      where: tests.map(({ predicate }) => predicate).join(' AND '),
      tested: [...new Set(tests.flatMap(({ columns }) => columns))],
      kept,
      use: without(use, tests),
    }));
}

/** That of the most selective test which is known; null: of none. Unknown ones are given the chance. */
function keptOf(tests: readonly ConstantUse[]): number | null {
  const known = tests.flatMap(({ kept }) => kept ?? []);
  return known.length === 0 ? null : known.length < tests.length ? Math.min(...known, KEEPS / 2) : Math.min(...known);
}

function without(use: UseColumns, tests: readonly ConstantUse[]): UseColumns {
  const settled = new Set(tests.flatMap(({ columns }) => columns));
  const rest = <T>(list: readonly T[], subject: (item: T) => string) =>
    list.filter((item) => !settled.has(subject(item)));
  return {
    ...use,
    equal: rest(use.equal, subjectOf),
    among: rest(use.among, subjectOf),
    ranges: rest(use.ranges, subjectOf),
    joins: rest(use.joins, ({ key }) => subjectOf(key)),
    // An index-only read needs no column of the predicate: the index holds only rows that pass.
    output: use.output === null ? null : use.output.filter((name) => !settled.has(name)),
    constants: [],
  };
}

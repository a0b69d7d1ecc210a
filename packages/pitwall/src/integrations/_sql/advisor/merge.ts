import { widestOf } from './candidate-covering.ts';
import { keyOf, predicateText, subjectOf } from './key-of.ts';
import type { AdvisorTable, IndexSpec, Problem } from './problem.ts';
import { serves } from './serves.ts';

/**
 * One index in place of two: the keys of `a`, then those of `b` that it misses, INCLUDE columns of both. It serves `a` as `a`
 * did; `b` at least where it begins alike, else the planner says. Cut at the width that the dialect allows (the cut falls on
 * keys of `b`). Null when it is nothing new, or they are not on the same rows of the same table.
 * Source: S. Chaudhuri, V. Narasayya, "Index merging", ICDE 1999.
 */
export function mergeTwo(
  a: IndexSpec,
  b: IndexSpec,
  { dialect, maxKeys }: Pick<Problem, 'dialect' | 'maxKeys'>,
): IndexSpec | null {
  if (a.table !== b.table || predicateText(a.where) !== predicateText(b.where)) return null;
  const has = new Set(a.keys.map(subjectOf));
  const missing = b.keys.filter((key) => !has.has(subjectOf(key)));
  const keys = [...a.keys, ...missing].slice(0, Math.max(a.keys.length, widestOf(dialect, maxKeys)));
  const held = new Set(keys.map(({ column }) => column));
  // What the cut took off the keys may still be carried.
  const cut = missing.flatMap(({ column }) => (column !== null && !held.has(column) ? [column] : []));
  const wanted = [...a.include, ...b.include, ...(b.include.length > 0 ? cut : [])];
  const include = dialect.include ? [...new Set(wanted)].filter((column) => !held.has(column)) : [];
  const merged: IndexSpec = { table: a.table, keys, include, where: a.where };
  return keyOf(merged) === keyOf(a) || keyOf(merged) === keyOf(b) ? null : merged;
}

/**
 * New indexes that could take the place of two of the given ones (of one table, best first), at most `limit`, those of the best
 * pairs first. What an existing index serves is left out.
 */
export function mergePairs(
  specs: readonly IndexSpec[],
  table: AdvisorTable,
  problem: Pick<Problem, 'dialect' | 'maxKeys'>,
  limit: number,
): readonly IndexSpec[] {
  const known = new Set(specs.map(keyOf));
  const merged: IndexSpec[] = [];
  const exists = (spec: IndexSpec) =>
    table.indexes.some((index) => index.valid && index.spec && serves(index.spec, spec, table));
  // By the worse of the two: pairs of good ones come before pairs of a good and a poor one.
  for (let worse = 1; worse < specs.length; worse++) {
    for (let better = 0; better < worse; better++) {
      const [a, b] = [specs[better]!, specs[worse]!];
      for (const spec of [mergeTwo(a, b, problem), mergeTwo(b, a, problem)]) {
        if (merged.length >= limit) return merged;
        if (!spec || known.has(keyOf(spec)) || exists(spec)) continue;
        known.add(keyOf(spec));
        merged.push(spec);
      }
    }
  }
  return merged;
}

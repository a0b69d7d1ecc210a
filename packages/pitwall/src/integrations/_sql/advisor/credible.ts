import type { AdvisorTable, Choice, ChosenIndex, IndexSpec, Problem } from './problem.ts';
import type { Rejection } from './reasons.ts';
import { sameIndex, serves } from './serves.ts';

/**
 * What a statement's cost must fall by at least before an index is built for what the planner alone expects: its costs are off by
 * as much without meaning it (V. Leis et al., "How Good Are Query Optimizers, Really?", PVLDB 9(3), 2015).
 */
const CLEAR = 0.1;

/** The same where an index that exists has the rows already: what is spared is the way to the table, which the cache makes short. */
const CLEAR_TWIN = 0.5;

/** Those of the chosen that the planner is to be believed without measuring, and why the others are not. */
export function credible(
  chosen: Choice['chosen'],
  { tables }: Pick<Problem, 'tables'>,
): { readonly chosen: readonly ChosenIndex[]; readonly rejected: readonly Rejection[] } {
  const kept: ChosenIndex[] = [];
  const rejected: Rejection[] = [];
  for (const one of chosen) {
    const { spec, gain } = one;
    const twin = twinOf(spec, tables.find(({ name }) => name === spec.table) ?? null);
    if (gain === undefined || gain >= (twin === null ? CLEAR : CLEAR_TWIN)) {
      kept.push(one);
      continue;
    }
    const most = `The planner expects it to take ${Math.round(100 * gain)} % off the cost of a statement at most`;
    const because =
      twin === null
        ? `${most}: too little to build an index for that was not measured.`
        : `${most}, and ${twin} finds the same rows: too little to build an index for that was not measured.`;
    rejected.push({ spec, because });
  }
  return { chosen: kept, rejected };
}

/** An index that exists and has the same keys, or is unique with the first of them: the new one only carries more along. */
function twinOf(spec: IndexSpec, table: AdvisorTable | null): string | null {
  if (table === null) return null;
  const bare = { ...spec, include: [] };
  const twin = table.indexes.find(({ spec: own, valid, unique }) => {
    if (!valid || own === null) return false;
    const shorter = { ...bare, keys: spec.keys.slice(0, own.keys.length) };
    return (
      serves(own, bare, table) || (unique && own.where === null && sameIndex({ ...own, include: [] }, shorter, table))
    );
  });
  return twin?.name ?? null;
}

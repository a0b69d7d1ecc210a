import { diverse } from './diverse.ts';
import { keyOf } from './key-of.ts';
import type { Choice, IndexSpec } from './problem.ts';

/** Single indexes, and sets with one left out, that enter the contest: each costs a build. */
const SINGLES = 10;
const LEFT_OUT = 8;

/** Second-bests of single statements. */
const SECOND_BESTS = 6;

/**
 * What is worth building first: the planner's choice, its alternatives, the choice without one index, single indexes, and for the statements that matter
 * most the next best index than the one chosen: the planner errs most where it finds several about as good.
 */
export function startingSets(choice: Choice, maxIndexes: number): readonly (readonly IndexSpec[])[] {
  const chosen = choice.chosen.map(({ spec }) => spec);
  const sets: (readonly IndexSpec[])[] = [chosen, ...choice.alternatives];
  if (chosen.length > 1) {
    for (const gone of chosen.slice(-LEFT_OUT)) sets.push(chosen.filter((spec) => spec !== gone));
  }
  const has = new Set(chosen.map(keyOf));
  const others = diverse(choice.utilised).filter(({ spec, savedSeconds }) => !has.has(keyOf(spec)) && savedSeconds > 0);
  for (const { spec, statements } of secondBests(choice, others)) {
    const instead = choice.chosen.filter((one) => one.statements.some(({ id }) => statements.includes(id)));
    sets.push([...chosen.filter((one) => !instead.some(({ spec: gone }) => gone === one)), spec]);
    if (chosen.length < maxIndexes) sets.push([...chosen, spec]);
  }
  for (const { spec } of diverse(choice.utilised).slice(0, SINGLES)) sets.push([spec]);
  const seen = new Set<string>([nameOf([])]);
  return sets.filter((set) => set.length <= maxIndexes && !seen.has(nameOf(set)) && seen.add(nameOf(set)));
}

/** One for each statement, the most useful first. */
function secondBests(choice: Choice, others: Choice['utilised']): Choice['utilised'] {
  const statements = new Set(choice.chosen.flatMap((one) => one.statements.map(({ id }) => id)));
  const found: Choice['utilised'][number][] = [];
  for (const other of others) {
    if (found.length >= SECOND_BESTS) break;
    const fresh = other.statements.filter((id) => statements.has(id));
    if (fresh.length === 0) continue;
    for (const id of fresh) statements.delete(id);
    found.push(other);
  }
  return found;
}

function nameOf(set: readonly IndexSpec[]): string {
  return set.map(keyOf).sort().join('\n');
}

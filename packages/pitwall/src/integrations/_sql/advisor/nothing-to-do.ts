import { counted } from '../../../model/plural.ts';
import type { Choice, Problem } from './problem.ts';
import { unservedBy } from './weigh.ts';

/** Why there is no index to create: one sentence; null when some were chosen. */
export function nothingToDo({ statements, budget, maxIndexes }: Problem, choice: Choice): string | null {
  if (choice.chosen.length > 0) return null;
  if (statements.length === 0) return 'The workload has no statements.';
  if (maxIndexes < 1 || !(budget > 0)) return 'The budget has no room for an index.';
  const reads = statements.filter(({ uses }) => uses.length > 0);
  if (reads.length === 0) return 'No statement of the workload reads a table that was understood.';
  const left = new Map(choice.notConsidered.map(({ statement, because }) => [statement, because]));
  if (reads.every(({ id }) => left.has(id))) {
    const because = left.get(reads[0]!.id)!;
    return reads.length === 1
      ? because
      : `None of the ${counted(reads.length, 'statement')} that read could be considered. ${because}`;
  }
  const useful = choice.utilised.filter(({ savedSeconds }) => savedSeconds > 0);
  if (useful.length > 0) {
    return 'The indexes that would help save too little to be worth their bytes, or make another statement slower.';
  }
  const tooLarge = choice.rejected.some(({ because }) => because.includes('than the budget of'));
  if (choice.utilised.length === 0 && tooLarge) return 'Every index that could help is larger than the budget.';
  if (choice.utilised.length > 0)
    return 'Every index that the planner would use costs writes more than it saves reads.';
  const unserved = reads.flatMap(unservedBy);
  if (unserved.length > 0 && reads.length === 1) {
    return `The planner would use none of the indexes that were thought of. ${unserved[0]!}`;
  }
  return 'The planner would use none of the indexes that were thought of: those that exist serve the workload.';
}

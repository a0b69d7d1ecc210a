import { keyOf } from './key-of.ts';
import type { IndexSpec } from './problem.ts';
import type { Rejection } from './reasons.ts';

/**
 * What is told as rejected, each index once, by the first that says why: measuring may come to an index that the planner's choice
 * had left out, and what is proposed is not rejected.
 */
export function rejectedBeside(
  chosen: readonly IndexSpec[],
  ...lists: readonly (readonly Rejection[])[]
): readonly Rejection[] {
  const told = new Set(chosen.map(keyOf));
  return lists.flat().filter(({ spec }) => {
    const key = keyOf(spec);
    return !told.has(key) && told.add(key);
  });
}

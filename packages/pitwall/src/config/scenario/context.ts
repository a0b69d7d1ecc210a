import type { KeyPath, Problem } from '../problem.ts';

/** What building a step needs to know, and where its problems go. */
export interface StepContext {
  /** Folder that files are relative to. */
  readonly directory: string;
  /** Why a JSONPath is none; null when it is one. */
  readonly pathProblem: (path: string) => string | null;
  /** Keys of the step from the top of the document. */
  readonly at: KeyPath;
  readonly problems: Problem[];
}

/** Adds a problem with something in the step; gives null, for what it then is not. */
export function add(
  { at, problems }: StepContext,
  path: KeyPath,
  problem: string,
  kind: Problem['at'] = 'value',
): null {
  problems.push({ path: [...at, ...path], at: kind, problem });
  return null;
}

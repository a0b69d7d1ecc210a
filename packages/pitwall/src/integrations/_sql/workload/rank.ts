import type { Statement } from '../../../model/database.ts';

/** Most total time first; those without times last, by calls. Equal ones by id: the same workload has the same order. */
export function ranked(statements: readonly Statement[]): readonly Statement[] {
  return [...statements].sort(
    (a, b) =>
      Number(a.seconds === null) - Number(b.seconds === null) ||
      (b.seconds ?? 0) - (a.seconds ?? 0) ||
      b.calls - a.calls ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

import type { ShownStatement, ShownWorkload, Statement, Workload } from '../../model/database.ts';

/** What of a workload reports say: the `limit` most expensive statements, without the values that they were called with. */
export function shownWorkload(workload: Workload, limit: number): ShownWorkload {
  const { statements, snapshot: _, ...rest } = workload;
  const timed = statements.filter(({ seconds }) => seconds !== null);
  const shown = new Set(statements.slice(0, limit).map(({ id }) => id));
  return {
    ...rest,
    statements: statements.slice(0, limit).map(withoutSamples),
    loops: workload.loops.filter(({ statement }) => shown.has(statement)),
    total: {
      statements: statements.length,
      calls: statements.reduce((sum, { calls }) => sum + calls, 0),
      seconds: timed.length === 0 ? null : timed.reduce((sum, { seconds }) => sum + seconds!, 0),
    },
  };
}

function withoutSamples({ samples: _, ...statement }: Statement): ShownStatement {
  return statement;
}

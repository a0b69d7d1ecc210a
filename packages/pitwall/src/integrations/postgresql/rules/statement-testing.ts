/** What the tests of the rules about statements share: facts of a workload that has been counted for a day. */
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { StatementFact, WorkloadFact } from '../facts/statements.ts';

export function workload(more: Partial<WorkloadFact> = {}): Fact {
  return fact('postgresql.workload', '', {
    window: 86_400,
    statements: 3,
    calls: 1000,
    seconds: 100,
    read: 1000 * 2 ** 20,
    tempWritten: 0,
    sources: [],
    noStatistics: null,
    evictions: 0,
    most: 5000,
    notUnderstood: { statements: 0, seconds: 0 },
    ...more,
  });
}

/** A SELECT of `orders` that pg_stat_statements counted; no log tells of its values. */
export function statement(id: string, more: Partial<StatementFact> = {}): Fact {
  return fact('postgresql.statement', id, {
    text: 'SELECT * FROM orders WHERE customer_id = $1',
    kind: 'select',
    tables: ['orders'],
    calls: 1000,
    seconds: 90,
    maxSeconds: 0.2,
    rows: 3000,
    read: null,
    cacheHit: null,
    tempWritten: null,
    callers: [],
    sources: ['statistics'],
    samples: 0,
    activity: null,
    notUnderstood: null,
    ...more,
  });
}

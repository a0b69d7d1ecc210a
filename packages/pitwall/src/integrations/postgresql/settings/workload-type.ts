import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { WorkloadType } from '../facts/server.ts';

export interface Guess {
  readonly type: WorkloadType;
  /** End of a sentence. */
  readonly because: string;
}

/** Fewer calls are no workload yet. [judgement] */
const LEAST_CALLS = 1000;
/** A statement of so many seconds a call reads much: a report. [judgement] */
const LONG_CALL = 1;
/** Shares of the time in reports, and of calls that write. [judgement: pgtune only names the types] */
const MOSTLY = 0.6;
const PARTLY = 0.2;
const MUCH_WRITTEN = 0.3;

/** What the server is used for, from the statements that were counted; the option says it for certain. */
export function workloadType(view: RuleView, told: WorkloadType | null): Guess {
  if (told !== null) return { type: told, because: 'said by the option `workload`' };
  const statements = [...factsOf(view, 'postgresql.statement').values()];
  const sum = (of: (statement: (typeof statements)[number]) => number) =>
    statements.reduce((total, statement) => total + of(statement), 0);
  const calls = sum((statement) => statement.calls);
  if (calls < LEAST_CALLS) return { type: 'mixed', because: 'a guess, as too few statements were counted' };
  const seconds = sum((statement) => statement.seconds ?? 0);
  const isReport = ({ seconds: own, calls: times }: (typeof statements)[number]) => (own ?? 0) / times >= LONG_CALL;
  const reports = seconds > 0 ? sum((one) => (isReport(one) ? (one.seconds ?? 0) : 0)) / seconds : 0;
  const writes = sum((one) => (/^(insert|update|delete|merge)$/i.test(one.kind) ? one.calls : 0)) / calls;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (reports >= MOSTLY)
    return { type: 'dw', because: `${percent(reports)} of the time is in calls of a second and more` };
  if (reports >= PARTLY)
    return { type: 'mixed', because: `${percent(reports)} of the time is in calls of a second and more` };
  if (writes >= MUCH_WRITTEN) return { type: 'oltp', because: `${percent(writes)} of the calls write` };
  return { type: 'web', because: `short calls, ${percent(writes)} of which write` };
}

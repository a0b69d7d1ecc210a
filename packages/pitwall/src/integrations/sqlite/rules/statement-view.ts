import { printable } from '../../../errors.ts';
import { counted } from '../../../model/plural.ts';
import type { Evidence, RuleView } from '../../../model/rule.ts';
import { costEvidence, windowEvidence } from '../../_sql/rules/statement-text.ts';
import { factsOf, type StatementFact, type WorkloadFact } from '../facts.ts';

export const KIT = {
  title: 'Pitwall: the statement log of @pitwall/kit',
  url: 'https://www.npmjs.com/package/@pitwall/kit',
};

/** What the application's logs told; a sentence when nothing did. */
export function workloadOf(view: RuleView): WorkloadFact | string {
  const workload = factsOf(view, 'sqlite.workload').get('');
  if (workload === undefined) return 'nothing tells of the application’s statements (option logs)';
  return workload.statements === 0 ? 'no statement of this database is in the logs' : workload;
}

/** What a finding on a statement shows: what it costs, who asks it most, and over which time it was counted. */
export function statementEvidence(statement: StatementFact, { window }: WorkloadFact): Evidence[] {
  const { calls, maxSeconds, rows, callers } = statement;
  const [caller] = callers;
  return [
    ...costEvidence(statement),
    ...(maxSeconds === null ? [] : [{ label: 'longest call', value: maxSeconds, unit: 's' }]),
    ...(rows === null || calls === 0 ? [] : [{ label: 'rows of a call', value: rows / calls }]),
    ...(caller
      ? [{ label: 'called by', value: `${printable(caller.endpoint)} (${counted(caller.calls, 'call')})` }]
      : []),
    windowEvidence(window),
  ];
}

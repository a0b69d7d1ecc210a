import { printable } from '../../../errors.ts';
import type { Evidence, RuleView } from '../../../model/rule.ts';
import { factsOf, type StatementFact, type WorkloadFact } from '../facts.ts';

export const N_PLUS_ONE = {
  title: 'Sentry: N+1 queries',
  url: 'https://docs.sentry.io/product/issues/issue-details/performance-issues/n-one-queries/',
};

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

/** The statement in a few words, safe to print. */
export function statementTitle(text: string): string {
  const plain = printable(text.replace(/\s+/g, ' '));
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain;
}

export function statementEvidence(statement: StatementFact, { window }: WorkloadFact): Evidence[] {
  const { text, calls, seconds, maxSeconds, rows, callers } = statement;
  const [caller] = callers;
  return [
    { label: 'statement', value: printable(text) },
    { label: 'calls', value: calls },
    ...(seconds === null ? [] : [{ label: 'time in all calls', value: seconds, unit: 's' }]),
    ...(seconds === null || calls === 0 ? [] : [{ label: 'time of a call', value: seconds / calls, unit: 's' }]),
    ...(maxSeconds === null ? [] : [{ label: 'longest call', value: maxSeconds, unit: 's' }]),
    ...(rows === null || calls === 0 ? [] : [{ label: 'rows of a call', value: rows / calls }]),
    ...(caller ? [{ label: 'called by', value: `${printable(caller.endpoint)} (${caller.calls} calls)` }] : []),
    window === null
      ? { label: 'counted over', value: 'not told' }
      : { label: 'counted over', value: window, unit: 's' },
  ];
}

export function percentOf(share: number): string {
  return `${Math.round(share * 100)} %`;
}

import { printable } from '../../../errors.ts';
import type { Evidence, RuleView } from '../../../model/rule.ts';
import type { EffectFact } from '../facts/advice.ts';
import { factsOf } from '../facts/define.ts';
import type { StatementFact, WorkloadFact } from '../facts/statements.ts';

/** pg_stat_statements, as its manual has it. */
export const STATEMENTS_MANUAL = {
  title: 'PostgreSQL: pg_stat_statements',
  url: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
};
export const AUTO_EXPLAIN_MANUAL = {
  title: 'PostgreSQL: auto_explain',
  url: 'https://www.postgresql.org/docs/current/auto-explain.html',
};

export interface WorkloadView {
  readonly workload: WorkloadFact;
  readonly statements: readonly (readonly [id: string, statement: StatementFact])[];
}

/** What was read of the workload; a sentence when nothing counts statements. */
export function workloadOf(view: RuleView): WorkloadView | string {
  const workload = factsOf(view, 'postgresql.workload').get('');
  if (!workload || workload.statements === 0) {
    return workload?.noStatistics ? 'nothing counts statements here' : 'no statement was counted yet';
  }
  return { workload, statements: [...factsOf(view, 'postgresql.statement')] };
}

/** The statement in a few words, safe to print. */
export function statementTitle(text: string): string {
  const plain = printable(text.replace(/\s+/g, ' '));
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain;
}

/** What every finding on a statement shows: whose it is, and over which time it was counted. */
export function statementEvidence(statement: StatementFact, { window }: WorkloadFact): Evidence[] {
  const [caller] = statement.callers;
  const wait = statement.activity?.waits[0];
  return [
    { label: 'statement', value: printable(statement.text) },
    { label: 'calls', value: statement.calls },
    ...(statement.seconds === null ? [] : [{ label: 'time in all calls', value: statement.seconds, unit: 's' }]),
    ...(statement.seconds === null || statement.calls === 0
      ? []
      : [{ label: 'time of a call', value: statement.seconds / statement.calls, unit: 's' }]),
    ...(caller ? [{ label: 'called by', value: printable(caller.endpoint) }] : []),
    ...(wait ? [{ label: `waits for ${printable(wait.event)}`, value: wait.share, unit: '1' }] : []),
    window === null
      ? { label: 'counted over', value: 'not told' }
      : { label: 'counted over', value: window, unit: 's' },
  ];
}

/** Shares of less than this say nothing: a server that has hardly worked. */
export const busyEnough = {
  value: 10,
  unit: 's',
  source: 'Own choice: of less time in statements, a single slow one makes any share.',
};

export function bytes(value: number): string {
  const [unit, factor] = value >= 2 ** 30 ? (['GiB', 2 ** 30] as const) : (['MiB', 2 ** 20] as const);
  return `${Number((value / factor).toPrecision(3))} ${unit}`;
}

/** Whole per cent from ten on, below that two digits: `0.6 %`. */
export function percentOf(share: number): string {
  const percent = share * 100;
  return `${percent >= 9.95 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

/** What is expected of a statement, time after ÷ before: as measured on a copy, else as the planner's cost has it. */
export function ratioOf({ planner, measured }: EffectFact): number {
  return measured?.ratio ?? planner ?? 1;
}

import { defineRule } from '../../../model/define.ts';
import {
  costlyStatements,
  costlyThresholds,
  judgedTime,
  minimumSeconds,
  PG_EXTRAS,
  WHY_COSTLY,
} from '../../_sql/rules/costly-statement.ts';
import { factsOf } from '../facts.ts';
import { KIT, statementEvidence, workloadOf } from './statement-view.ts';

export const costlyStatement = defineRule({
  id: 'sqlite/costly-statement',
  meta: {
    title: 'One statement takes much of the execution time',
    why: `${WHY_COSTLY} SQLite runs in the application’s own thread: while a statement runs, that thread does nothing else.`,
    sources: [KIT, PG_EXTRAS],
    needs: { facts: ['sqlite.workload'] },
    uses: { facts: ['sqlite.statement'] },
    doesNotApplyWhen:
      'No log tells what statements take, or the logs cover little time, or they have taken next to none.',
    confirmedBy: 'The statement log of the application, and the plan: pitwall db explain.',
    thresholds: {
      ...costlyThresholds,
      minimumSeconds: minimumSeconds(1),
      slowCall: {
        value: 0.002,
        unit: 's',
        source: 'Own choice: a look-up by an index takes microseconds in the process. A thousand times that is a scan.',
      },
      busy: {
        value: 0.01,
        unit: '1',
        source: 'Own choice: statements that take less than 1 % of the time that was watched hold nobody up.',
      },
    },
  },

  evaluate(view) {
    const workload = workloadOf(view);
    if (typeof workload === 'string') return { notApplicable: workload };
    const total = judgedTime(view, workload);
    if (typeof total !== 'number') return total;
    const { window } = workload;
    if (window !== null && total / window < view.threshold('busy')) {
      return { clear: 'statements take less than a hundredth of the time that was watched' };
    }
    return costlyStatements(view, total, factsOf(view, 'sqlite.statement'), (one) => statementEvidence(one, workload));
  },
});

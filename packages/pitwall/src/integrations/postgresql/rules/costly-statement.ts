import { defineRule } from '../../../model/define.ts';
import {
  costlyStatements,
  costlyThresholds,
  judgedTime,
  minimumSeconds,
  PG_EXTRAS,
  WHY_COSTLY,
} from '../../_sql/rules/costly-statement.ts';
import { STATEMENTS_MANUAL, statementEvidence, workloadOf } from './statement-view.ts';

export const costlyStatement = defineRule({
  id: 'postgresql/costly-statement',
  meta: {
    title: 'One statement takes much of the execution time',
    why: WHY_COSTLY,
    sources: [STATEMENTS_MANUAL, PG_EXTRAS],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.statement'] },
    doesNotApplyWhen: 'Nothing counts statements, or the counters are young, or have seen next to nothing.',
    confirmedBy: 'The difference of two readings: pitwall db --watch.',
    thresholds: {
      ...costlyThresholds,
      minimumSeconds: minimumSeconds(10),
      slowCall: { value: 0.02, unit: 's', source: 'PgHero calls a statement slow from 20 ms on.' },
    },
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (!('workload' in read)) return read;
    const { workload, statements } = read;
    const total = judgedTime(view, workload);
    if (typeof total !== 'number') return total;
    return costlyStatements(view, total, statements, (statement) => statementEvidence(statement, workload));
  },
});

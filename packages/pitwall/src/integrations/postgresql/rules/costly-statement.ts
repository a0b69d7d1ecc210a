import { defineRule } from '../../../model/define.ts';
import {
  busyEnough,
  percentOf,
  STATEMENTS_MANUAL,
  statementEvidence,
  statementTitle,
  workloadOf,
} from './statement-view.ts';

export const costlyStatement = defineRule({
  id: 'postgresql/costly-statement',
  meta: {
    title: 'One statement takes much of the execution time',
    why: 'Where one statement takes a third of the time, no change to any other helps as much. It may be slow, or only called very often: both are worth a look.',
    sources: [
      STATEMENTS_MANUAL,
      { title: 'ruby-pg-extras: outliers', url: 'https://github.com/pawurb/ruby-pg-extras' },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.statement'] },
    doesNotApplyWhen: 'Nothing counts statements, or they have taken next to no time since the counters began.',
    confirmedBy: 'The difference of two readings: pitwall db --watch.',
    thresholds: {
      share: {
        value: 0.33,
        unit: '1',
        source: 'pg-extras diagnose: an outlier takes a third of the execution time or more.',
      },
      minimumSeconds: busyEnough,
    },
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (typeof read === 'string') return { notApplicable: read };
    const { workload, statements } = read;
    const total = workload.seconds;
    if (total === null) return { notApplicable: 'nothing measures what statements take' };
    if (total < view.threshold('minimumSeconds')) {
      return { notApplicable: `statements have taken ${total.toFixed(1)} s altogether: too little to judge shares by` };
    }
    const costly = statements.filter(([, { seconds }]) => (seconds ?? 0) / total >= view.threshold('share'));
    if (costly.length === 0) {
      return { clear: `no statement takes ${percentOf(view.threshold('share'))} of the execution time` };
    }
    return {
      found: costly.map(([id, statement]) => {
        const share = statement.seconds! / total;
        const perCall = statement.seconds! / statement.calls;
        return {
          subject: id,
          summary: `${percentOf(share)} of the execution time goes into one statement: ${statementTitle(statement.text)}`,
          severity: 'warning' as const,
          confidence: 'high' as const,
          evidence: [
            { label: 'share of the execution time', value: share, unit: '1' },
            ...statementEvidence(statement, workload),
          ],
          advice: {
            text:
              perCall >= 0.02
                ? 'A call takes long: look at its plan (pitwall db explain), and at what index would help (pitwall db indexes).'
                : 'A call is quick, there are only many: ask for several rows at once, keep answers for a while, or leave out calls that nobody needs.',
          },
        };
      }),
    };
  },
});

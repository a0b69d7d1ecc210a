import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts.ts';
import { KIT, percentOf, statementEvidence, statementTitle, workloadOf } from './statement-view.ts';

export const costlyStatement = defineRule({
  id: 'sqlite/costly-statement',
  meta: {
    title: 'One statement takes much of the time of all',
    why: 'Where one statement takes a third of the time, no change to any other helps as much. It may be slow, or only called very often. SQLite runs in the application’s own thread: while a statement runs, that thread does nothing else.',
    sources: [KIT, { title: 'ruby-pg-extras: outliers', url: 'https://github.com/pawurb/ruby-pg-extras' }],
    needs: { facts: ['sqlite.workload'] },
    uses: { facts: ['sqlite.statement'] },
    doesNotApplyWhen: 'No log tells what statements take, or they have taken next to no time.',
    confirmedBy: 'The statement log of the application, and the plan: pitwall db explain.',
    thresholds: {
      share: {
        value: 0.33,
        unit: '1',
        source: 'pg-extras diagnose: an outlier takes a third of the execution time or more.',
      },
      minimumSeconds: {
        value: 1,
        unit: 's',
        source: 'Own choice: of less time in statements, a single slow one makes any share.',
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
    const { seconds: total, window } = workload;
    if (total === null) return { notApplicable: 'nothing measures what statements take' };
    if (total < view.threshold('minimumSeconds')) {
      return { notApplicable: `statements have taken ${total.toFixed(2)} s altogether: too little to judge shares by` };
    }
    if (window !== null && window > 0 && total / window < view.threshold('busy')) {
      return { clear: 'statements take less than a hundredth of the time that was watched' };
    }
    const costly = [...factsOf(view, 'sqlite.statement')].filter(
      ([, { seconds }]) => (seconds ?? 0) / total >= view.threshold('share'),
    );
    if (costly.length === 0) return { clear: `no statement takes ${percentOf(view.threshold('share'))} of the time` };
    return {
      found: costly.map(([id, statement]) => {
        const share = statement.seconds! / total;
        const perCall = statement.seconds! / statement.calls;
        return {
          subject: id,
          summary: `${percentOf(share)} of the time of all statements goes into one: ${statementTitle(statement.text)}`,
          severity: 'warning' as const,
          confidence: 'high' as const,
          evidence: [
            { label: 'share of the time of all statements', value: share, unit: '1' },
            ...statementEvidence(statement, workload),
          ],
          advice: {
            text:
              perCall >= 0.002
                ? 'A call takes long: look at its plan (pitwall db explain), and at what index would help (pitwall db indexes).'
                : 'A call is quick, there are only many: ask for several rows at once, keep answers for a while, or leave out calls that nobody needs.',
          },
        };
      }),
    };
  },
});

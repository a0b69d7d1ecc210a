import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import { percentOf, statementTitle, workloadOf } from './statement-view.ts';

export const notUnderstood = defineRule({
  id: 'postgresql/not-understood',
  meta: {
    title: 'Statements that were not understood',
    why: 'Pitwall reads statements with the grammar of PostgreSQL 18. What it cannot read (cut texts, a megabyte of values, syntax of extensions or of another version) has its times, but no advice is given for it.',
    sources: [{ title: 'libpg_query', url: 'https://github.com/pganalyze/libpg_query' }],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.statement'] },
    doesNotApplyWhen: 'Nothing counts statements.',
    confirmedBy: 'The reason that each of them has.',
    thresholds: {},
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (!('workload' in read)) return read;
    const { workload, statements } = read;
    const { statements: count, seconds } = workload.notUnderstood;
    if (count === 0)
      return {
        clear:
          workload.statements === 1
            ? 'the only statement was understood'
            : `all ${counted(workload.statements, 'statement')} were understood`,
      };
    const examples = statements.filter(([, one]) => one.notUnderstood !== null).slice(0, 5);
    const share = workload.seconds === null || workload.seconds === 0 ? null : seconds / workload.seconds;
    return {
      found: [
        {
          subject: 'statements',
          summary: `${count} of ${counted(workload.statements, 'statement')} ${either(count, 'was', 'were')} not understood${share === null ? '' : ` (${percentOf(share)} of the time)`}: no advice is given for ${either(count, 'it', 'them')}`,
          severity: 'info',
          confidence: 'high',
          evidence: examples.map(([, { text, notUnderstood: why }]) => ({
            label: statementTitle(text),
            value: printable(why ?? ''),
          })),
        },
      ],
    };
  },
});

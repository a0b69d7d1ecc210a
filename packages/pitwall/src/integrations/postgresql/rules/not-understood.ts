import { defineRule } from '../../../model/define.ts';
import { judgeNotUnderstood } from '../../_sql/rules/not-understood.ts';
import { workloadOf } from './statement-view.ts';

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
    return judgeNotUnderstood(
      { statements: workload.statements, seconds: workload.seconds },
      workload.notUnderstood,
      statements.map(([, statement]) => statement),
    );
  },
});

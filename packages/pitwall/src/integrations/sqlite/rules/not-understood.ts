import { defineRule } from '../../../model/define.ts';
import { judgeNotUnderstood } from '../../_sql/rules/not-understood.ts';
import { factsOf } from '../facts.ts';
import { KIT, workloadOf } from './statement-view.ts';

export const notUnderstood = defineRule({
  id: 'sqlite/not-understood',
  meta: {
    title: 'Statements that were not understood',
    why: 'SQLite has no parser that others could ask, so Pitwall reads the texts by a grammar of its own. What it cannot read (texts that were cut, several statements in one text, syntax of extensions or of another version, lines of a log that are no SQL) has its calls and times, but no advice is given for it.',
    sources: [{ title: 'SQLite: SQL as understood by SQLite', url: 'https://sqlite.org/lang.html' }, KIT],
    needs: { facts: ['sqlite.workload'] },
    uses: { facts: ['sqlite.statement'] },
    doesNotApplyWhen: 'No log and no file of SQL tells of statements.',
    confirmedBy: 'The reason that each of them has.',
    thresholds: {},
  },

  evaluate(view) {
    const workload = workloadOf(view);
    if (typeof workload === 'string') return { notApplicable: workload };
    const { notUnderstood: unknown = { statements: 0, calls: 0, seconds: null } } = workload;
    return judgeNotUnderstood(workload, unknown, factsOf(view, 'sqlite.statement').values());
  },
});

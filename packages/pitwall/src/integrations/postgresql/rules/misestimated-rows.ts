import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { AUTO_EXPLAIN_MANUAL, statementTitle } from './statement-view.ts';

export const misestimatedRows = defineRule({
  id: 'postgresql/misestimated-rows',
  meta: {
    title: 'The planner expects far other numbers of rows than there are',
    why: 'Plans are chosen by expected rows. Where they are off by ten times and more, a nested loop may run a million times, or an index stay unused. The reason is old statistics, or columns that depend on each other.',
    sources: [
      AUTO_EXPLAIN_MANUAL,
      { title: 'PostgreSQL: Extended Statistics', url: 'https://www.postgresql.org/docs/current/planner-stats.html' },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.plan'] },
    doesNotApplyWhen: 'auto_explain logs no plans with log_analyze, or the logs are not given (option logs).',
    confirmedBy: 'ANALYZE, and the same plan again: if it is still off, extended statistics or a higher target.',
    thresholds: {
      factor: {
        value: 10,
        unit: 'times',
        source: 'The usual factor of plan visualisers: explain.dalibo.com, pgMustard.',
      },
      minimumSeconds: {
        value: 0.02,
        unit: 's',
        source: 'PgHero calls a statement slow from 20 ms on: a wrong guess that costs nothing is none.',
      },
    },
  },

  evaluate(view) {
    const plans = [...factsOf(view, 'postgresql.plan')];
    if (plans.length === 0) return { notApplicable: 'no plan was logged' };
    const found = plans.flatMap(([id, { text, shapes }]) => {
      const worst = shapes
        .filter(({ max }) => max >= view.threshold('minimumSeconds'))
        .flatMap(({ marks }) => marks)
        .filter(({ kind, amount }) => kind === 'misestimate' && amount >= view.threshold('factor'))
        .sort((a, b) => b.amount - a.amount)[0];
      if (!worst) return [];
      const table = worst.relation === null ? null : printable(worst.relation);
      return [
        {
          subject: id,
          summary: `${table === null ? 'A step' : `A step over ${table}`} was ${worst.sentence}: ${statementTitle(text)}`,
          severity: 'warning' as const,
          confidence: 'medium' as const,
          evidence: [
            { label: 'statement', value: printable(text) },
            { label: 'off by', value: worst.amount, unit: 'times' },
            ...(table === null ? [] : [{ label: 'table', value: table }]),
          ],
          advice: {
            text: 'ANALYZE the tables. If it stays so: a higher statistics target for skewed columns, CREATE STATISTICS for columns that depend on each other.',
          },
        },
      ];
    });
    return found.length > 0 ? { found } : { clear: `${plans.length} logged plans expected what they got` };
  },
});

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import type { PlanFact } from '../facts/statements.ts';
import { AUTO_EXPLAIN_MANUAL, statementTitle } from './statement-view.ts';

type Shape = PlanFact['shapes'][number];

export const planFlip = defineRule({
  id: 'postgresql/plan-flip',
  meta: {
    title: 'A statement is done in several ways, one of them much slower',
    why: 'The planner chooses anew for each call, or after each ANALYZE. When the same statement is now and then done in a way that takes several times as long, users see a service that is slow at times and nobody finds why.',
    sources: [
      AUTO_EXPLAIN_MANUAL,
      {
        title: 'PostgreSQL: plan_cache_mode',
        url: 'https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE',
      },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.plan'] },
    doesNotApplyWhen:
      'Each plan was logged only once or twice, or auto_explain logs only slow calls, and so no quick plan.',
    confirmedBy: 'pitwall db explain with the values of a quick and of a slow call.',
    thresholds: {
      ratio: {
        value: 3,
        unit: 'times',
        source: 'Own choice: values differ within a plan, too; three times as long is felt.',
      },
      minimumCalls: {
        value: 3,
        unit: 'calls',
        source: 'Own choice: the fewest of which a median is none of them by chance.',
      },
      minimumSeconds: { value: 0.02, unit: 's', source: 'PgHero calls a statement slow from 20 ms on.' },
    },
  },

  evaluate(view) {
    const plans = [...factsOf(view, 'postgresql.plan')];
    if (plans.length === 0) return { notApplicable: 'no plan was logged' };
    const found = plans.flatMap(([id, { text, shapes }]) => {
      const often = shapes
        .filter(({ calls }) => calls >= view.threshold('minimumCalls'))
        .sort((a, b) => a.median - b.median);
      const [quick, slow] = [often[0], often.at(-1)];
      if (!quick || !slow || quick === slow) return [];
      if (slow.median < view.threshold('minimumSeconds')) return [];
      if (slow.median < view.threshold('ratio') * quick.median) return [];
      return [
        {
          subject: id,
          summary: `the same statement takes ${(slow.median / quick.median).toFixed(1)} times as long in another plan: ${statementTitle(text)}`,
          severity: 'warning' as const,
          confidence: 'medium' as const,
          evidence: [
            { label: 'statement', value: printable(text) },
            ...described('quick', quick),
            ...described('slow', slow),
            {
              label: 'which came last',
              value: (slow.last ?? 0) >= (quick.last ?? 0) ? 'the slow one' : 'the quick one',
            },
          ],
          advice: {
            text: 'Compare both plans. Values that are much more frequent than others, or statistics that change with each ANALYZE, are the usual reasons: a higher statistics target, extended statistics, or an index that serves both. With prepared statements, a generic plan may be the slow one.',
            code: 'SET plan_cache_mode = force_custom_plan;',
          },
        },
      ];
    });
    return found.length > 0
      ? { found }
      : {
          clear: `${counted(plans.length, 'statement')} with logged plans ${either(plans.length, 'is', 'are')} done alike, or as quickly`,
        };
  },
});

function described(name: string, { text, median, calls }: Shape) {
  return [
    { label: `${name} plan`, value: printable(text) },
    { label: `median of the ${name} plan`, value: median, unit: 's' },
    { label: `calls of the ${name} plan`, value: calls },
  ];
}

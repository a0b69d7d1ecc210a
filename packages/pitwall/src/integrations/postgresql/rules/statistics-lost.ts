import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { STATEMENTS_MANUAL } from './statement-view.ts';

const DAY = 86_400;

export const statisticsLost = defineRule({
  id: 'postgresql/statistics-lost',
  meta: {
    title: 'pg_stat_statements drops entries',
    why: 'There is room for pg_stat_statements.max statements. Beyond that the least used are dropped, with what they had counted, and dropping them holds up everybody for a moment. Sums over statements are then too small, and rare but slow ones go missing.',
    sources: [STATEMENTS_MANUAL],
    needs: { facts: ['postgresql.workload'] },
    doesNotApplyWhen: 'The extension is not there, or too old to say (before 1.9).',
    confirmedBy: 'pg_stat_statements_info.dealloc grows between two readings.',
    thresholds: {
      perDay: {
        value: 1,
        unit: 'evictions a day',
        source: 'Own choice: each drops 5 % of the entries (USAGE_DEALLOC_PERCENT in pg_stat_statements.c).',
      },
    },
  },

  evaluate(view) {
    const workload = factsOf(view, 'postgresql.workload').get('');
    if (!workload || workload.noStatistics !== null) return { notApplicable: 'pg_stat_statements is not there' };
    const { evictions, window, most } = workload;
    if (evictions === null) return { notApplicable: 'the extension is too old to say whether it drops entries' };
    if (evictions === 0) return { clear: 'no entry was dropped since the counters began' };
    const days = Math.max(1, (window ?? DAY) / DAY);
    const perDay = evictions / days;
    if (perDay < view.threshold('perDay')) {
      return { clear: `entries were dropped ${counted(evictions, 'time')} in ${counted(days, 'day')}: seldom enough` };
    }
    return {
      found: [
        {
          subject: 'pg_stat_statements.max',
          summary: `pg_stat_statements has dropped entries ${counted(evictions, 'time')}: what statements cost is not all there`,
          severity: 'info',
          confidence: 'high',
          evidence: [
            { label: 'times that entries were dropped', value: evictions },
            { label: 'counted over', value: window ?? 'not told', ...(window === null ? {} : { unit: 's' }) },
            { label: 'pg_stat_statements.max', value: most ?? 'not told' },
          ],
          advice: {
            text: 'Make room for more (it takes effect with a restart; where it is on the server’s command line, it is changed there), or find out who sends statements that are all different: lists of other lengths, names of temporary tables, comments do not matter, table names do.',
            code: `ALTER SYSTEM SET pg_stat_statements.max = ${Math.max(10_000, 2 * (most ?? 5000))};`,
          },
        },
      ],
    };
  },
});

import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { countersOf, notYet, sizeText, tooYoung, usualDay } from './schema-view.ts';
import { statementTitle } from './statement-view.ts';

const SHOWN = 3;

export const temporaryFiles = defineRule({
  id: 'postgresql/temporary-files',
  meta: {
    title: 'Much is written to temporary files',
    why: 'Sorts, hashes and CREATE INDEX that do not fit into work_mem (maintenance_work_mem) are written to files and read again. They compete with the data for the disk, and for the cache of the operating system.',
    sources: [
      {
        title: 'PostgreSQL: pg_stat_database',
        url: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
      },
      {
        title: 'PostgreSQL: work_mem',
        url: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM',
      },
    ],
    needs: { facts: ['postgresql.temp', 'postgresql.counters'] },
    uses: { facts: ['postgresql.statement', 'postgresql.setting'] },
    doesNotApplyWhen: 'The counters are younger than a day.',
    confirmedBy:
      'temp_bytes and temp_files of pg_stat_database; temp_blks_written of pg_stat_statements names the statements.',
    thresholds: {
      aDay: {
        value: 2 ** 30,
        unit: 'By a day',
        source: 'Own choice: less is written by a few reports a day, and mostly never reaches the disk.',
      },
      counterAge: usualDay,
    },
  },

  evaluate(view) {
    const young = tooYoung(view, view.threshold('counterAge'));
    if (young !== null) return notYet(view, young);
    const { files, bytes } = factsOf(view, 'postgresql.temp').get('')!;
    const age = countersOf(view)!.age!;
    const aDay = (bytes / age) * 86_400;
    if (aDay < view.threshold('aDay')) return { clear: `${sizeText(aDay)} a day go to temporary files` };
    const spilling = [...factsOf(view, 'postgresql.statement').values()]
      .filter(({ tempWritten }) => (tempWritten ?? 0) > 0)
      .sort((a, b) => b.tempWritten! - a.tempWritten!);
    const setting = factsOf(view, 'postgresql.setting').get('work_mem');
    return {
      found: [
        {
          subject: 'temporary files',
          summary: `${sizeText(aDay)} a day go to temporary files, ${sizeText(bytes / Math.max(1, files))} each on average`,
          severity: 'info' as const,
          confidence: 'high' as const,
          evidence: [
            { label: 'files', value: files },
            { label: 'written', value: bytes, unit: 'By' },
            { label: 'counted over', value: age, unit: 's' },
            ...(setting ? [{ label: 'work_mem', value: setting.text }] : []),
            ...spilling.slice(0, SHOWN).map(({ text, tempWritten, calls }) => ({
              label: `by ${counted(calls, 'call')} of ${statementTitle(text)}`,
              value: tempWritten,
              unit: 'By',
            })),
          ],
          advice: {
            text:
              spilling.length === 0
                ? 'See which statements spill: pg_stat_statements.temp_blks_written, or log_temp_files. postgresql/settings-far-from-start says whether work_mem is too small for all.'
                : 'See these statements first (postgresql/spills-to-disk). postgresql/settings-far-from-start says whether work_mem is too small for all.',
          },
        },
      ],
    };
  },
});

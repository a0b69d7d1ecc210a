import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { memoryText } from '../settings/amount.ts';
import { JUDGED_BY, judgedBy } from '../settings/judging.ts';
import { largerWal, walDistance } from '../settings/writing.ts';
import { ageText, countersOf, countText, shareText, sizeText, usualDay } from './schema-view.ts';
import { changeSetting, settingEvidence, whenText } from './setting-change.ts';

export const checkpointsRequested = defineRule({
  id: 'postgresql/checkpoints-requested',
  meta: {
    title: 'Checkpoints come because the log is full, not because it is time',
    why: 'After each checkpoint the first change of a page writes the whole page to the log. When the log reaches max_wal_size before the time is over, checkpoints come more often: more is written, and in bursts that slow down everybody.',
    sources: [
      { title: 'PostgreSQL: WAL Configuration', url: 'https://www.postgresql.org/docs/current/wal-configuration.html' },
      { title: 'pgtune: formulas', url: 'https://github.com/le0pard/pgtune' },
    ],
    needs: { facts: ['postgresql.checkpoints', 'postgresql.setting'] },
    uses: { facts: [...JUDGED_BY, 'load.endpoint'] },
    doesNotApplyWhen:
      'The counters are younger than a day, or what was written does not explain the requests: backups and CHECKPOINT commands are counted as requested, too.',
    confirmedBy:
      'checkpoints_req and checkpoints_timed of pg_stat_bgwriter (pg_stat_checkpointer from PostgreSQL 17), and the bytes of pg_stat_wal.',
    thresholds: {
      share: {
        value: 0.3,
        unit: '1',
        source: 'Own choice: checkpoints by time are the usual ones; a few requested ones come from backups.',
      },
      least: { value: 10, unit: 'checkpoints', source: 'Own choice: of fewer a share says nothing.' },
      counterAge: usualDay,
    },
  },

  evaluate(view) {
    if (countersOf(view)?.inRecovery)
      return { notApplicable: 'a replica has restart points, which its primary decides on' };
    const { timed, requested, age, wal } = factsOf(view, 'postgresql.checkpoints').get('')!;
    const seconds = age ?? countersOf(view)?.age ?? null;
    if (seconds === null) return { notApplicable: 'how old the counters are is not known' };
    if (seconds < view.threshold('counterAge')) {
      return {
        notYet: `the counters are ${ageText(seconds)} old, and to judge by them takes ${ageText(view.threshold('counterAge'))}`,
      };
    }
    const share = requested / Math.max(1, timed + requested);
    const few = {
      clear: `${countText(requested)} of ${counted(timed + requested, 'checkpoint')} ${either(requested, 'was', 'were')} requested`,
    };
    if (requested < view.threshold('least') || share < view.threshold('share')) return few;
    const settings = factsOf(view, 'postgresql.setting');
    const distance = walDistance(settings);
    const perSecond = wal === null ? null : wal.bytes / Math.max(1, wal.age ?? seconds);
    // By the log alone there could have been so many.
    const explained = perSecond === null || distance === null ? requested : (perSecond * seconds) / distance;
    if (explained < requested / 2) {
      return {
        clear: `${few.clear}, but too little was written for that (${sizeText((perSecond ?? 0) * 86_400)} a day): they come from backups or CHECKPOINT`,
      };
    }
    const setting = settings.get('max_wal_size');
    const goal = largerWal(judgedBy(view), perSecond);
    const because = `${shareText(share)} of the checkpoints come because the log is full`;
    return {
      found: [
        {
          subject: 'max_wal_size',
          summary: `${countText(requested)} of ${counted(timed + requested, 'checkpoint')} came because ${setting?.text ?? 'max_wal_size'} of log were full${goal === null || !setting ? '' : `; to begin with: ${memoryText(goal)}, ${whenText(setting)}`}`,
          severity: 'warning' as const,
          confidence: perSecond === null ? ('medium' as const) : ('high' as const),
          evidence: [
            { label: 'requested', value: requested },
            { label: 'by time', value: timed },
            { label: 'counted over', value: seconds, unit: 's' },
            ...(perSecond === null
              ? []
              : [{ label: 'log written a day', value: Math.round(perSecond * 86_400), unit: 'By' }]),
            ...(setting ? settingEvidence(setting) : []),
          ],
          ...(goal === null
            ? {
                advice: {
                  text: 'The log is as large as is sensible: look at what writes so much (pg_stat_statements.wal_bytes), or at checkpoint_timeout.',
                },
              }
            : {
                ...changeSetting(view, {
                  name: 'max_wal_size',
                  to: memoryText(goal),
                  reason: because,
                  note: `The disk of the log needs ${memoryText(goal)} free, and recovery after a crash takes longer.`,
                }),
              }),
        },
      ],
    };
  },
});

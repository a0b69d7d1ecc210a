import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { wordOf } from '../settings/judging.ts';
import { countersOf } from './schema-view.ts';
import { adviseSetting, settingEvidence } from './setting-change.ts';

export const autovacuumOff = defineRule({
  id: 'postgresql/autovacuum-off',
  meta: {
    title: 'Autovacuum is off for the whole server',
    why: 'Nothing removes dead rows, and nothing refreshes the planner’s statistics. Tables grow, plans go wrong, and in the end the server freezes old rows all at once, when it has to.',
    sources: [
      {
        title: 'PostgreSQL: The Autovacuum Daemon',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
      },
    ],
    needs: { facts: ['postgresql.setting'] },
    uses: { facts: ['postgresql.counters'] },
    doesNotApplyWhen: 'This is a replica, where nothing is vacuumed.',
    confirmedBy: 'autovacuum and track_counts in pg_settings: without the second it knows of no dead rows.',
    thresholds: {},
  },

  evaluate(view) {
    if (countersOf(view)?.inRecovery) return { notApplicable: 'this is a replica: VACUUM runs on the primary' };
    const settings = factsOf(view, 'postgresql.setting');
    const off = ['autovacuum', 'track_counts'].filter((name) => wordOf(settings, name) === 'off');
    if (off.length === 0) return { clear: 'autovacuum runs, and knows what there is to do' };
    return {
      found: off.map((name) => ({
        subject: name,
        summary:
          name === 'autovacuum'
            ? 'autovacuum is off: nothing removes dead rows, and no statistics are refreshed'
            : 'track_counts is off: autovacuum knows of no dead rows, and does nothing',
        severity: 'critical' as const,
        confidence: 'high' as const,
        evidence: settingEvidence(settings.get(name)!),
        advice: adviseSetting(
          settings.get(name),
          name,
          'on',
          'Switch it on. Where it was in the way of something, give that table storage parameters of its own. It then has much to catch up with for a while.',
        ),
      })),
    };
  },
});

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { shareText } from './schema-view.ts';

const SHOWN = 5;

export const connectionsNearLimit = defineRule({
  id: 'postgresql/connections-near-limit',
  meta: {
    title: 'Nearly all connections are taken',
    why: 'At the limit the next client is refused ("sorry, too many clients already"), whatever it is. A higher limit takes memory and lets more sessions fight for the same processors; a pool lets few connections serve many clients.',
    sources: [
      {
        title: 'PostgreSQL: max_connections',
        url: 'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
      },
    ],
    needs: { facts: ['postgresql.connections'] },
    uses: { facts: ['postgresql.waits', 'postgresql.session-counts'] },
    doesNotApplyWhen:
      'Those that are kept for superusers (superuser_reserved_connections, reserved_connections) are not counted as free.',
    confirmedBy:
      'Client sessions in pg_stat_activity, also at most during the window, against max_connections less what is reserved.',
    thresholds: {
      warning: { value: 0.8, unit: '1', source: 'Usual in operating guides: above 80 % a warning …' },
      critical: { value: 0.9, unit: '1', source: '… and above 90 % an alarm.' },
    },
  },

  evaluate(view) {
    const { limit, reserved, used, idle } = factsOf(view, 'postgresql.connections').get('')!;
    const most = Math.max(used, factsOf(view, 'postgresql.waits').get('')?.peakSessions ?? 0);
    const usable = Math.max(1, limit - reserved);
    const share = most / usable;
    if (share <= view.threshold('warning')) {
      return {
        clear: `${most} of ${counted(usable, 'connection')} ${either(most, 'was', 'were')} taken at most (${shareText(share)})`,
      };
    }
    const groups = factsOf(view, 'postgresql.session-counts').get('')?.groups ?? [];
    return {
      found: [
        {
          subject: 'connections',
          summary: `${most} of ${counted(usable, 'connection')} ${either(most, 'is', 'are')} taken (${shareText(share)}), ${idle} of them by sessions that do nothing`,
          severity: share > view.threshold('critical') ? ('critical' as const) : ('warning' as const),
          confidence: 'high' as const,
          evidence: [
            { label: 'max_connections', value: limit },
            { label: 'of these kept for superusers', value: reserved },
            { label: 'taken at most in this run', value: most },
            { label: 'idle', value: idle },
            ...groups.slice(0, SHOWN).map(({ count, state, application, user, database }) => ({
              label: printable(
                `${application === '' ? '(no name)' : application} as ${user ?? '?'} in ${database ?? '?'}, ${state}`,
              ),
              value: count,
            })),
          ],
          advice: {
            text:
              idle >= most / 2
                ? 'Most of them do nothing: make the pools of the applications smaller, or put one pool (PgBouncer) in front of them all.'
                : 'Most of them are in use: see what they wait for (postgresql/lock-wait, postgresql/idle-in-transaction, postgresql/pool-waits) before the limit is raised, which takes memory and a restart.',
          },
        },
      ],
    };
  },
});

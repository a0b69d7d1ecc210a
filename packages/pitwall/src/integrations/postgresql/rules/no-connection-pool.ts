import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { ConnectionsFact } from '../facts/server.ts';
import { poolSizeFor } from '../settings/pool-size.ts';
import { waitChanceAimedAt } from './pool-waits.ts';
import { ageText, countersOf, shareText } from './schema-view.ts';
import { SESSIONS_HIDDEN } from './session-text.ts';

export const noConnectionPool = defineRule({
  id: 'postgresql/no-connection-pool',
  meta: {
    title: 'Connections are short-lived, or kept idle',
    why: 'A new connection costs the server a process and several round trips, more than most statements. A pool keeps them. One that keeps far more than are ever used takes memory and makes each look at all sessions slower.',
    sources: [
      { title: 'postgresqltuner: average connection age', url: 'https://github.com/jfcoz/postgresqltuner' },
      {
        title: 'PostgreSQL wiki: Number of Database Connections',
        url: 'https://wiki.postgresql.org/wiki/Number_Of_Database_Connections',
      },
    ],
    needs: { facts: ['postgresql.connections'] },
    uses: { facts: ['postgresql.waits', 'postgresql.counters'] },
    doesNotApplyWhen:
      'There are too few sessions to tell, the server has just started, or the role may not see when others connected.',
    confirmedBy:
      'The mean age of client sessions in pg_stat_activity, and sessions begun (pg_stat_database.sessions, PostgreSQL 14).',
    thresholds: {
      bad: { value: 60, unit: 's', source: 'postgresqltuner: an average connection age below 1 minute is bad.' },
      warn: { value: 600, unit: 's', source: 'postgresqltuner: below 10 minutes it warns.' },
      least: { value: 5, unit: 'sessions', source: 'Own choice: the age of fewer is chance.' },
      perSecond: {
        value: 0.1,
        unit: 'connections a second',
        source: 'Own choice: fewer new ones (one in ten seconds) cost nothing worth a pool.',
      },
      manyIdle: { value: 50, unit: 'sessions', source: 'Own choice: fewer take no memory worth speaking of.' },
      idleTimes: { value: 4, unit: 'times', source: 'Own choice: so many more than would ever be waited for.' },
      chance: waitChanceAimedAt,
    },
  },

  evaluate(view) {
    const connections = factsOf(view, 'postgresql.connections').get('')!;
    const { averageAge, used, uptime, begun, hidden } = connections;
    if (hidden > 0) return { notApplicable: SESSIONS_HIDDEN };
    const large = tooLarge(view, connections);
    if (large !== null) return { found: [large] };
    if (averageAge === null || used < view.threshold('least'))
      return { clear: `${counted(used, 'client session')} ${either(used, 'is', 'are')} too few to tell` };
    // Of a server that has been up for less, none can be older.
    if (uptime < 2 * view.threshold('warn')) return { notYet: `the server has been up for ${ageText(uptime)} only` };
    if (averageAge >= view.threshold('warn')) return { clear: `connections are ${ageText(averageAge)} old on average` };
    const age = countersOf(view)?.age ?? null;
    const perSecond = begun === null || age === null || age <= 0 ? null : begun / age;
    if (perSecond !== null && perSecond < view.threshold('perSecond')) {
      return { clear: `connections are young, but only ${perSecond.toFixed(3)} a second are made` };
    }
    return {
      found: [
        {
          subject: 'connections',
          summary: `connections are ${ageText(averageAge)} old on average: the application connects anew again and again`,
          severity: averageAge < view.threshold('bad') ? ('warning' as const) : ('info' as const),
          confidence: perSecond === null ? ('medium' as const) : ('high' as const),
          evidence: [
            { label: 'mean age of connections', value: averageAge, unit: 's' },
            { label: 'client sessions', value: used },
            ...(perSecond === null ? [] : [{ label: 'connections made, a second', value: perSecond }]),
          ],
          advice: {
            text: 'Let the application keep its connections (its driver has a pool), or put PgBouncer in front of the server. How many are needed, postgresql/pool-waits measures.',
          },
        },
      ],
    };
  },
});

/** Far more idle ones than are ever in use. */
function tooLarge(view: RuleView, { used, idle }: ConnectionsFact): FindingDraft | null {
  const waits = factsOf(view, 'postgresql.waits').get('');
  if (!waits || waits.hidden > 0 || idle < view.threshold('manyIdle')) return null;
  const inUse = Math.max(1, waits.peakBusy + waits.peakHeld);
  const needed = poolSizeFor(inUse, view.threshold('chance'));
  if (idle < view.threshold('idleTimes') * needed) return null;
  return {
    subject: 'idle connections',
    summary: `${idle} of ${counted(used, 'connection')} ${either(idle, 'does', 'do')} nothing, and at most ${inUse} were in use at once: the pools are larger than they need to be`,
    severity: 'info',
    // A window may have missed the hour of the day that they are for.
    confidence: 'low',
    evidence: [
      { label: 'idle', value: idle },
      { label: 'in use at once, at most', value: inUse },
      { label: 'looked at for', value: waits.seconds, unit: 's' },
      {
        label: `connections with which ${shareText(view.threshold('chance'))} of calls would wait at that`,
        value: needed,
      },
    ],
    advice: {
      text: `Look again when most is going on. If it stays so, make the pools smaller: ${counted(needed, 'connection')} in all would do for what was seen.`,
    },
  };
}

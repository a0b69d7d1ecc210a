import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { LongTransactionFact } from '../facts/server.ts';
import { ageText, countText, mostImportant } from './schema-view.ts';
import { endSql, sessionText } from './session-text.ts';

/** What takes its time by its nature. */
const BACKUP = /^(pg_dump|pg_dumpall|pg_basebackup|pg_restore)/;

export const longTransaction = defineRule({
  id: 'postgresql/long-transaction',
  meta: {
    title: 'A statement or transaction that runs for long',
    why: 'As long as it is open, VACUUM keeps every row that it might still see, in all tables of the database, and its locks stay. A long statement is also one that somebody waits for.',
    sources: [
      { title: 'PgHero: long-running queries', url: 'https://github.com/ankane/pghero' },
      {
        title: 'PostgreSQL: Routine Vacuuming',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
      },
    ],
    needs: { facts: ['postgresql.session-counts'] },
    uses: { facts: ['postgresql.long-transaction', 'postgresql.table'] },
    doesNotApplyWhen:
      'Sessions that are idle in their transaction have a rule of their own. Sessions of other databases of the server are not looked at.',
    confirmedBy: 'query_start, xact_start and backend_xmin of pg_stat_activity, pg_locks, pg_blocking_pids().',
    thresholds: {
      query: { value: 60, unit: 's', source: 'PgHero calls a query long-running from 60 s on.' },
      transaction: {
        value: 300,
        unit: 's',
        source:
          'Own choice: from five minutes on VACUUM, which comes about every minute, has been held back several times.',
      },
    },
  },

  evaluate(view) {
    const long = [...factsOf(view, 'postgresql.long-transaction').values()].filter(
      (one) =>
        !one.state.startsWith('idle in transaction') &&
        (one.querySeconds >= view.threshold('query') || one.seconds >= view.threshold('transaction')),
    );
    if (long.length === 0) return { clear: 'no statement and no transaction has been running for long' };
    return { found: mostImportant(long.map((one) => ({ weight: one.seconds, finding: findingOf(view, one) }))) };
  },
});

function findingOf(view: RuleView, one: LongTransactionFact): FindingDraft {
  const isBackup = BACKUP.test(one.application);
  const what =
    one.querySeconds >= view.threshold('query')
      ? `runs a statement for ${ageText(one.querySeconds)}`
      : `has a transaction open for ${ageText(one.seconds)}`;
  return {
    subject: `session ${one.pid}`,
    summary: printable(`${sessionText(one)} ${what}${holdsText(one)}`),
    severity: one.blocks > 0 ? 'warning' : 'info',
    confidence: 'high',
    evidence: holdsEvidence(view, one),
    advice: isBackup
      ? { text: 'It is a backup, and takes its time. Take it from a replica, where it holds nothing back here.' }
      : {
          text: 'See whether it is meant to take so long (a report can run on a replica), and end it where the application may lose it:',
          code: endSql(one),
        },
  };
}

/** `, and holds back VACUUM and 3 sessions`; empty when it holds nothing. */
export function holdsText({ xminAge, blocks }: LongTransactionFact): string {
  const held = [...(xminAge === null ? [] : ['VACUUM']), ...(blocks > 0 ? [counted(blocks, 'session')] : [])];
  return held.length === 0 ? '' : `, and holds back ${held.join(' and ')}`;
}

/** What it does, and what waits for its end. */
export function holdsEvidence(view: RuleView, one: LongTransactionFact): FindingDraft['evidence'] {
  const dead = [...factsOf(view, 'postgresql.table').values()].reduce((sum, { deadRows }) => sum + deadRows, 0);
  return [
    { label: 'statement', value: printable(one.statement) },
    { label: 'transaction open for', value: one.seconds, unit: 's' },
    {
      label: one.state === 'active' ? 'statement runs for' : `${one.state} for`,
      value: one.state === 'active' ? one.querySeconds : one.stateSeconds,
      unit: 's',
    },
    ...(one.wait === null || one.wait === 'Client: ClientRead'
      ? []
      : [{ label: 'waits for', value: printable(one.wait) }]),
    ...(one.xminAge === null
      ? []
      : [
          { label: 'transactions begun since what it may still see', value: one.xminAge },
          ...(dead > 0 ? [{ label: 'dead rows in all tables that are looked at', value: countText(dead) }] : []),
        ]),
    ...(one.locks.length === 0 ? [] : [{ label: 'locks', value: printable(one.locks.slice(0, 5).join(', ')) }]),
    ...(one.blocks === 0 ? [] : [{ label: 'sessions that wait for it', value: one.blocks }]),
  ];
}

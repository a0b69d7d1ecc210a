import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import { connectionLines } from '../connection-lines.ts';
import { factsOf } from '../facts.ts';
import { KIT, workloadOf } from './statement-view.ts';

const LOCKED = /^SQLITE_(BUSY|LOCKED)/;

export const lockedStatements = defineRule({
  id: 'sqlite/locked-statements',
  meta: {
    title: 'Statements of the application fail because the database is locked',
    why: 'SQLite lets one connection write at a time. Whoever does not wait long enough for it gets SQLITE_BUSY, and a request fails that would have succeeded moments later. No time-out helps a transaction that has read first and writes then, when somebody else has written in between: it has to begin with BEGIN IMMEDIATE.',
    sources: [
      { title: 'SQLite: SQLITE_BUSY', url: 'https://sqlite.org/rescode.html#busy' },
      { title: 'SQLite: PRAGMA busy_timeout', url: 'https://sqlite.org/pragma.html#pragma_busy_timeout' },
      { title: 'SQLite: Transactions', url: 'https://sqlite.org/lang_transaction.html' },
      KIT,
    ],
    needs: { facts: ['sqlite.workload'] },
    uses: { facts: ['sqlite.connection'] },
    doesNotApplyWhen: 'No log tells how the application’s statements ended.',
    confirmedBy: 'The statement log of the application, which has the code of each error.',
    thresholds: {
      share: {
        value: 0.001,
        unit: '1',
        source: 'Own choice: one call in a thousand decides between a warning and a remark.',
      },
    },
  },

  evaluate(view) {
    const workload = workloadOf(view);
    if (typeof workload === 'string') return { notApplicable: workload };
    const codes = Object.entries(workload.errors).filter(([code]) => LOCKED.test(code));
    const failed = codes.reduce((sum, [, calls]) => sum + calls, 0);
    if (failed === 0) return { clear: 'no statement in the logs failed because of a lock' };
    const timeouts = [...factsOf(view, 'sqlite.connection').values()].flatMap(({ busy_timeout: ms }) => ms ?? []);
    return {
      found: [
        {
          subject: 'locks',
          summary: `${counted(failed, 'statement')} failed because the database was locked`,
          severity: failed >= view.threshold('share') * workload.calls ? ('warning' as const) : ('info' as const),
          confidence: 'high' as const,
          evidence: [
            ...codes.map(([label, value]) => ({ label, value })),
            { label: 'calls', value: workload.calls },
            ...(timeouts.length === 0 ? [] : [{ label: 'shortest busy_timeout, ms', value: Math.min(...timeouts) }]),
          ],
          advice: {
            text: 'Let each connection wait (busy_timeout 5,000 ms), begin transactions that write with BEGIN IMMEDIATE, keep them short, and use WAL mode. In the application:',
            code: connectionLines([['busy_timeout', 5000]]),
          },
        },
      ],
    };
  },
});

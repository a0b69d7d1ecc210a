import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { holdsEvidence, holdsText } from './long-transaction.ts';
import { ageText, mostImportant } from './schema-view.ts';
import { endSql, sessionText } from './session-text.ts';

export const idleInTransaction = defineRule({
  id: 'postgresql/idle-in-transaction',
  meta: {
    title: 'A session is idle in an open transaction',
    why: 'It has begun a transaction and says nothing: the application does something else meanwhile, or has forgotten it. Its locks stay, its connection is lent to nobody, and VACUUM is held back, for as long as it likes.',
    sources: [
      {
        title: 'PostgreSQL: idle_in_transaction_session_timeout',
        url: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT',
      },
    ],
    needs: { facts: ['postgresql.session-counts'] },
    uses: { facts: ['postgresql.long-transaction', 'postgresql.table'] },
    doesNotApplyWhen:
      'Sessions are idle in a transaction for moments only. Sessions of other databases of the server are not looked at.',
    confirmedBy: 'state and state_change of pg_stat_activity, looked at once.',
    thresholds: {
      idle: { value: 60, unit: 's', source: 'As PgHero’s long-running query: 60 s, and nobody even works.' },
      long: { value: 600, unit: 's', source: 'Own choice: nobody waits ten minutes for an answer.' },
    },
  },

  evaluate(view) {
    const idle = [...factsOf(view, 'postgresql.long-transaction').values()].filter(
      ({ state, stateSeconds }) => state.startsWith('idle in transaction') && stateSeconds >= view.threshold('idle'),
    );
    if (idle.length === 0) return { clear: 'no session has been idle in a transaction for long' };
    return {
      found: mostImportant(
        idle.map((one) => ({
          weight: one.blocks * 1e6 + one.stateSeconds,
          finding: {
            subject: `session ${one.pid}`,
            summary: printable(
              `${sessionText(one)} has been idle in its transaction for ${ageText(one.stateSeconds)}${holdsText(one)}`,
            ),
            severity:
              one.blocks > 0 || one.stateSeconds >= view.threshold('long') ? ('warning' as const) : ('info' as const),
            confidence: 'high' as const,
            evidence: holdsEvidence(view, one),
            advice: {
              text: 'The application has to commit before it waits for something else (a request, a message, a person). To end this one, where its work may be lost:',
              code: endSql(one),
            },
          },
        })),
      ),
    };
  },
});

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { Evidence } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { LockTreeFact, WaitingFact } from '../facts/server.ts';
import { ageText, mostImportant } from './schema-view.ts';
import { endSql, sessionText } from './session-text.ts';

const SHOWN = 10;

export const lockWait = defineRule({
  id: 'postgresql/lock-wait',
  meta: {
    title: 'Sessions wait for another one’s lock',
    why: 'Whoever waits for a lock also makes those wait that come after him: one forgotten transaction and an ALTER TABLE behind it stop every reader of a table. Only the end of the first one helps.',
    sources: [
      { title: 'PostgreSQL: Explicit Locking', url: 'https://www.postgresql.org/docs/current/explicit-locking.html' },
      { title: 'PostgreSQL: pg_blocking_pids', url: 'https://www.postgresql.org/docs/current/functions-info.html' },
    ],
    needs: { facts: ['postgresql.session-counts'] },
    uses: { facts: ['postgresql.lock-tree'] },
    doesNotApplyWhen: 'Waits of less than a second: they are usual where the same row is written often.',
    confirmedBy:
      'pg_blocking_pids() up to the session that waits for nobody, and pg_locks.waitstart (PostgreSQL 14), looked at once.',
    thresholds: {
      wait: {
        value: 1,
        unit: 's',
        source: 'deadlock_timeout, from which on log_lock_waits logs a wait, is 1 s by default.',
      },
      long: { value: 60, unit: 's', source: 'Own choice: clients give up before that.' },
      many: { value: 10, unit: 'sessions', source: 'Own choice: a usual pool has no connection left then.' },
    },
  },

  evaluate(view) {
    const trees = [...factsOf(view, 'postgresql.lock-tree').values()].filter(
      (tree) => longestOf(tree) >= view.threshold('wait'),
    );
    if (trees.length === 0) return { clear: 'nobody was seen waiting for a lock for long' };
    return {
      found: mostImportant(
        trees.map((tree) => {
          const { root, total } = tree;
          const longest = longestOf(tree);
          const isBad = total >= view.threshold('many') || longest >= view.threshold('long');
          const open = root.seconds === null ? '' : `, whose transaction has been open for ${ageText(root.seconds)}`;
          return {
            weight: total,
            finding: {
              subject: `session ${root.pid}`,
              summary: printable(
                `${counted(total, 'session waits', 'sessions wait')} for ${sessionText(root)}${open}; the longest for ${ageText(longest)}`,
              ),
              severity: isBad ? ('critical' as const) : ('warning' as const),
              confidence: 'high' as const,
              evidence: evidenceOf(tree),
              advice: {
                text: 'All of them go on when the first one ends. Ask who it is; to end it, where its work may be lost:',
                code: endSql(root),
              },
            },
          };
        }),
      ),
    };
  },
});

function longestOf({ waiting }: LockTreeFact): number {
  return Math.max(0, ...waiting.map(({ seconds }) => seconds));
}

/** The tree, in the order of who waits for whom. */
function evidenceOf({ root, waiting, total }: LockTreeFact): Evidence[] {
  const below = (pid: number): WaitingFact[] =>
    waiting.filter(({ behind }) => behind === pid).flatMap((one) => [one, ...below(one.pid)]);
  const rows = below(root.pid);
  return [
    ...(root.statement === '' ? [] : [{ label: 'first: its last statement', value: printable(root.statement) }]),
    ...rows.slice(0, SHOWN).map((one) => ({
      label: `${'→ '.repeat(Math.min(one.depth, 6))}${sessionText(one)}, for ${ageText(one.seconds)}`,
      value: printable(`${one.wants}: ${one.statement}`),
    })),
    ...(total > Math.min(rows.length, SHOWN)
      ? [{ label: 'more that wait', value: total - Math.min(rows.length, SHOWN) }]
      : []),
  ];
}

import { defineRule } from '../../../model/define.ts';
import { PG_EXTRAS } from '../../_sql/rules/costly-statement.ts';
import { percentOf, statementTitle } from '../../_sql/rules/statement-text.ts';
import { enoughCounted, youngCounts } from '../../_sql/rules/young-counts.ts';
import { bytes, STATEMENTS_MANUAL, statementEvidence, workloadOf } from './statement-view.ts';

export const readsMuch = defineRule({
  id: 'postgresql/reads-much',
  meta: {
    title: 'One statement reads much of all that comes from outside the cache',
    why: 'Blocks that are not in shared buffers come from the system’s cache or from the disk, and push others out. A statement that reads most of them slows down everybody.',
    sources: [STATEMENTS_MANUAL, PG_EXTRAS],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.statement'] },
    doesNotApplyWhen:
      'Nothing counts blocks, or the counters are young, or next to none was read. Reports and backups read much by their nature.',
    confirmedBy: 'EXPLAIN (ANALYZE, BUFFERS) of the statement: pitwall db explain.',
    thresholds: {
      share: { value: 0.33, unit: '1', source: 'As pg-extras has it for time: a third of all.' },
      minimumBytes: {
        value: 256 * 2 ** 20,
        unit: 'By',
        source: 'Own choice: twice the default of shared_buffers, so that filling it after a start does not count.',
      },
      minimumPerCall: {
        value: 2 ** 20,
        unit: 'By',
        source: 'Own choice: 128 blocks. Below, it is the number of calls, which costly-statement tells of.',
      },
      ...enoughCounted,
    },
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (!('workload' in read)) return read;
    const { workload, statements } = read;
    const total = workload.read;
    if (total === null) return { notApplicable: 'nothing counts the blocks that statements read' };
    const young = youngCounts(view, workload);
    if (young !== null) return { notYet: young };
    if (total < view.threshold('minimumBytes')) {
      return { clear: `all statements together read ${bytes(total)} from outside of shared buffers` };
    }
    const heavy = statements.filter(
      ([, statement]) =>
        (statement.read ?? 0) / total >= view.threshold('share') &&
        statement.read! / statement.calls >= view.threshold('minimumPerCall'),
    );
    if (heavy.length === 0) return { clear: `no statement reads ${percentOf(view.threshold('share'))} of all blocks` };
    return {
      found: heavy.map(([id, statement]) => ({
        subject: id,
        summary: `${percentOf(statement.read! / total)} of all that is read into shared buffers is for one statement: ${statementTitle(statement.text)}`,
        severity: 'warning' as const,
        confidence: 'high' as const,
        evidence: [
          { label: 'read in all calls', value: statement.read!, unit: 'By' },
          { label: 'read by a call', value: statement.read! / statement.calls, unit: 'By' },
          { label: 'found in shared buffers', value: statement.cacheHit ?? 'not counted', unit: 'By' },
          ...statementEvidence(statement, workload),
        ],
        advice: {
          text: 'Look whether it reads more than it needs (pitwall db explain), and whether an index would spare it that (pitwall db indexes).',
        },
      })),
    };
  },
});

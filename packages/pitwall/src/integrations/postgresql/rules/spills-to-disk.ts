import { defineRule } from '../../../model/define.ts';
import { bytes, STATEMENTS_MANUAL, statementEvidence, statementTitle, workloadOf } from './statement-view.ts';

export const spillsToDisk = defineRule({
  id: 'postgresql/spills-to-disk',
  meta: {
    title: 'A statement sorts or hashes in temporary files',
    why: 'What does not fit into work_mem is written to files and read again. With a little more memory, or an index that gives the rows in order, the same statement would not touch the disk.',
    sources: [
      STATEMENTS_MANUAL,
      {
        title: 'PostgreSQL: work_mem',
        url: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM',
      },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.statement'] },
    doesNotApplyWhen:
      'Nothing counts temporary blocks. A rare report may well spill: memory for it would be taken from others.',
    confirmedBy: 'EXPLAIN (ANALYZE): Sort Method external merge, Batches above 1, temp written.',
    thresholds: {
      minimumBytes: {
        value: 64 * 2 ** 20,
        unit: 'By',
        source: 'Own choice: 16 times the default of work_mem. Less is gone before it reaches a disk.',
      },
    },
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (typeof read === 'string') return { notApplicable: read };
    const { workload, statements } = read;
    if (workload.tempWritten === null) return { notApplicable: 'nothing counts temporary blocks' };
    const spilling = statements.filter(([, { tempWritten }]) => (tempWritten ?? 0) >= view.threshold('minimumBytes'));
    if (spilling.length === 0) {
      return { clear: `no statement has written ${bytes(view.threshold('minimumBytes'))} to temporary files` };
    }
    return {
      found: spilling.map(([id, statement]) => {
        const perCall = statement.tempWritten! / statement.calls;
        return {
          subject: id,
          summary: `${bytes(statement.tempWritten!)} went to temporary files (${bytes(perCall)} a call): ${statementTitle(statement.text)}`,
          severity: 'warning' as const,
          confidence: 'high' as const,
          evidence: [
            { label: 'written to temporary files', value: statement.tempWritten!, unit: 'By' },
            { label: 'by a call', value: perCall, unit: 'By' },
            ...statementEvidence(statement, workload),
          ],
          advice: {
            // In memory it takes more than in files: two to three times as much (manual of work_mem says nothing; PostgreSQL's tuplesort.c).
            text: `Look whether it needs all these rows, or an index can give them in order. Else give its transaction more memory, and no other: about ${bytes(3 * perCall)}.`,
            code: `SET LOCAL work_mem = '${Math.max(8, Math.ceil((3 * perCall) / 2 ** 20))}MB';`,
          },
        };
      }),
    };
  },
});

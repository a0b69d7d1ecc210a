import { defineRule } from '../../../model/define.ts';
import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { SpillFact } from '../facts/estimates.ts';
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
    uses: { facts: ['postgresql.statement', 'postgresql.plans-run', 'postgresql.plan'] },
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
    if (!('workload' in read)) return read;
    const { workload, statements } = read;
    if (workload.tempWritten === null) return { notApplicable: 'nothing counts temporary blocks' };
    const spilling = statements.filter(([, { tempWritten }]) => (tempWritten ?? 0) >= view.threshold('minimumBytes'));
    if (spilling.length === 0) {
      return { clear: `no statement has written ${bytes(view.threshold('minimumBytes'))} to temporary files` };
    }
    return {
      found: spilling.map(([id, statement]) => {
        const perCall = statement.tempWritten! / statement.calls;
        const spills = spillsOf(view, id);
        // All steps of a plan may have it at the same time, but each needs no more than its own.
        const needed = spills.length > 0 ? Math.max(...spills.map(({ workMem }) => workMem)) : IN_MEMORY * perCall;
        return {
          subject: id,
          summary: `${bytes(statement.tempWritten!)} went to temporary files (${bytes(perCall)} a call): ${statementTitle(statement.text)}`,
          severity: 'warning' as const,
          confidence: 'high' as const,
          evidence: [
            { label: 'written to temporary files', value: statement.tempWritten!, unit: 'By' },
            { label: 'by a call', value: perCall, unit: 'By' },
            ...spills.map(({ what, workMem }) => ({
              label: `work_mem that the ${what} takes`,
              value: workMem,
              unit: 'By',
            })),
            ...statementEvidence(statement, workload),
          ],
          advice: {
            text: `Look whether it needs all these rows, or an index can give them in order. Else give its transaction more memory, or the role that reports run as (ALTER ROLE … SET work_mem), and no other: about ${bytes(needed)}${spills.length > 0 ? ', as its plan tells' : ''}.`,
            code: `SET LOCAL work_mem = '${Math.max(8, Math.ceil(needed / 2 ** 20))}MB';`,
          },
        };
      }),
    };
  },
});

/** In memory it takes two to three times what it takes in files (the manual says nothing; PostgreSQL's tuplesort.c). */
const IN_MEMORY = 3;

/** As a run of it told, else as auto_explain logged it; none: no plan is known. */
function spillsOf(view: RuleView, statement: string): readonly SpillFact[] {
  const runs = [...factsOf(view, 'postgresql.plans-run').values()].flatMap(({ plans }) => plans);
  const run = runs.find((plan) => plan.statement === statement)?.spills ?? [];
  if (run.length > 0) return run;
  const marks =
    factsOf(view, 'postgresql.plan')
      .get(statement)
      ?.shapes.flatMap(({ marks: own }) => own) ?? [];
  const disks = marks.flatMap(({ kind, amount }) => (kind === 'sort-on-disk' ? [amount] : []));
  return disks.length === 0
    ? []
    : [{ what: 'sort', disk: Math.max(...disks), workMem: IN_MEMORY * Math.max(...disks) }];
}

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts.ts';

export const neverAnalysed = defineRule({
  id: 'sqlite/never-analysed',
  meta: {
    title: 'The database was never analysed',
    why: 'Without any statistics SQLite takes every table to have the same number of rows and every index to be alike. It may then join in the wrong order or take the worse of two indexes, today or after the next index is made; and what it would do with an index can only be guessed.',
    sources: [
      { title: 'SQLite: ANALYZE', url: 'https://sqlite.org/lang_analyze.html' },
      { title: 'SQLite: PRAGMA optimize', url: 'https://sqlite.org/pragma.html#pragma_optimize' },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: { facts: ['sqlite.index'] },
    doesNotApplyWhen:
      'No large table has two indexes, and there are not two large tables with one: there is nothing to choose from.',
    confirmedBy:
      'sqlite_stat1 is empty or not there. Whether a configured query gets faster by ANALYZE is what sqlite/stale-statistics tries on a copy.',
    thresholds: {
      minimumRows: {
        value: 1000,
        unit: 'rows',
        source: 'As for sqlite/missing-index: a wrong choice on a smaller table costs well under a millisecond.',
      },
    },
  },

  evaluate(view) {
    const tables = factsOf(view, 'sqlite.table');
    const indexes = [...factsOf(view, 'sqlite.index').values()];
    const large = [...tables].filter(([, { rows }]) => (rows ?? 0) >= view.threshold('minimumRows'));
    const indexed = large.filter(([name]) => indexes.some(({ table }) => table === name));
    const choice =
      indexed.length >= 2 || indexed.some(([name]) => indexes.filter(({ table }) => table === name).length >= 2);
    if (!choice) return { notApplicable: 'no two indexes of large tables to choose from' };
    if (
      [...tables.values()].some(({ analyzedRows }) => analyzedRows !== null) ||
      indexes.some(({ analyzed }) => analyzed)
    ) {
      return { clear: 'the database has statistics' };
    }
    return {
      found: [
        {
          subject: 'sqlite_stat1',
          summary: printable(
            `the planner has no statistics at all, and ${indexed.map(([name]) => name).join(', ')} to choose indexes for`,
          ),
          severity: 'info',
          confidence: 'high',
          evidence: indexed.map(([name, { rows }]) => ({ label: `rows of ${name}`, value: rows })),
          advice: {
            text: 'Let the application run this once when it opens the database, and `PRAGMA optimize` before it closes a connection or once a day (SQLite 3.46 and later bound the work by themselves):',
            code: 'PRAGMA optimize = 0x10002;',
          },
        },
      ],
    };
  },
});

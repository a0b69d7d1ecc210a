import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts.ts';

const MODES = ['none', 'full', 'incremental'] as const;

export const largeFreelist = defineRule({
  id: 'sqlite/large-freelist',
  meta: {
    title: 'Much of the file is free pages',
    why: 'Deleted rows leave free pages in the file. They are used again by later inserts, but until then the file is larger to back up and to copy than its data, and what is left of the data is scattered.',
    sources: [
      { title: 'SQLite: VACUUM', url: 'https://sqlite.org/lang_vacuum.html' },
      { title: 'SQLite: PRAGMA freelist_count', url: 'https://sqlite.org/pragma.html#pragma_freelist_count' },
    ],
    needs: { facts: ['sqlite.file', 'sqlite.pragma'] },
    doesNotApplyWhen:
      'The free part or its bytes are small; the file cannot be written. If the database soon grows into its free pages again, VACUUM gains nothing lasting.',
    confirmedBy:
      'freelist_count is exact: VACUUM gives these pages back. The trial compares the size before and after.',
    thresholds: {
      minimumRatio: {
        value: 0.25,
        unit: 'part of the file',
        source: 'Own choice: VACUUM writes everything twice, so less than a quarter is not worth the stop.',
      },
      minimumBytes: {
        value: 64 * 2 ** 20,
        unit: 'bytes',
        source: 'Own choice: nobody misses less than 64 MiB of disk.',
      },
    },
  },

  evaluate(view) {
    const file = factsOf(view, 'sqlite.file').get('');
    if (!file || file.pageCount === 0) return { notApplicable: 'the database is empty' };
    const ratio = file.freePages / file.pageCount;
    const bytes = file.freePages * file.pageSize;
    const percent = `${Math.round(ratio * 100)} %`;
    if (ratio < view.threshold('minimumRatio') || bytes < view.threshold('minimumBytes')) {
      return { clear: `${percent} of the file is free pages (${bytes} bytes)` };
    }
    if (!file.writable) return { notApplicable: 'the file cannot be written by us' };
    const mode = MODES[Number(factsOf(view, 'sqlite.pragma').get('auto_vacuum')?.value ?? 0)] ?? 'none';
    return {
      found: [
        {
          subject: 'freelist',
          summary: `${percent} of the database file is free pages`,
          severity: 'info',
          confidence: 'high',
          evidence: [
            { label: 'free', value: bytes, unit: 'By' },
            { label: 'database size', value: file.bytes, unit: 'By' },
            { label: 'auto_vacuum', value: mode },
          ],
          impact: {
            indicator: 'sqlite.database.size',
            labels: {},
            expectedRatio: 1 - ratio,
            text: `VACUUM makes the file ${percent} smaller`,
          },
          changes: [
            {
              tunable: 'sqlite/auto-vacuum',
              subject: '',
              to: { autoVacuum: mode, vacuum: true },
              reason: `VACUUM gives ${percent} of the file back`,
              affects: [{ indicator: 'sqlite.database.size' }],
              predictedRatio: 1 - ratio,
            },
          ],
        },
      ],
    };
  },
});

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts.ts';

export const fragmented = defineRule({
  id: 'sqlite/fragmented',
  meta: {
    title: 'Pages of a table or index lie scattered over the file',
    why: 'Whoever reads many rows in order of their key jumps about in the file where the pages do not follow each other. From a disk, also a network one, that is several times slower than reading on; from the page cache it hardly matters.',
    sources: [
      { title: 'SQLite: The DBSTAT virtual table', url: 'https://sqlite.org/dbstat.html' },
      { title: 'SQLite: sqlite3_analyzer, fragmentation', url: 'https://sqlite.org/sqlanalyze.html' },
      { title: 'SQLite: VACUUM', url: 'https://sqlite.org/lang_vacuum.html' },
    ],
    needs: { facts: ['sqlite.fragmentation'] },
    doesNotApplyWhen: 'The b-tree is small, or the whole database stays in the page cache.',
    confirmedBy:
      'The page numbers are exact; what a scan from the disk gains is not measured, so VACUUM is advice and not a change.',
    thresholds: {
      ratio: {
        value: 0.5,
        unit: 'part of the leaf pages that do not follow the one before',
        source: 'Own choice: half of all steps jump. Inserts in random order reach nearly all of them (measured).',
      },
      minimumPages: {
        value: 2500,
        unit: 'leaf pages',
        source: 'Own choice: 10 MiB of 4 KiB pages; less is read at once by the system’s read-ahead.',
      },
    },
  },

  evaluate(view) {
    const trees = factsOf(view, 'sqlite.fragmentation');
    const scattered = [...trees]
      .map(([name, { leaves, outOfOrder }]) => ({ name, leaves, ratio: outOfOrder / leaves }))
      .filter(({ leaves, ratio }) => leaves >= view.threshold('minimumPages') && ratio >= view.threshold('ratio'))
      .toSorted((a, b) => b.leaves * b.ratio - a.leaves * a.ratio);
    if (scattered.length === 0) return { clear: 'no large table or index has half of its pages out of order' };
    const percent = (ratio: number) => `${Math.round(ratio * 100)} %`;
    return {
      found: scattered.map(({ name, leaves, ratio }) => ({
        subject: name,
        summary: printable(`${percent(ratio)} of the ${leaves} leaf pages of ${name} do not follow the one before`),
        severity: 'info',
        confidence: 'medium',
        evidence: [
          { label: 'leaf pages', value: leaves },
          { label: 'out of order', value: ratio, unit: 'ratio' },
        ],
        advice: {
          text: 'Where the database is larger than the memory and is scanned, let VACUUM write it anew in order, while nobody needs it: it takes as much disk again as the database and locks it. New rows in random order scatter it again.',
          code: 'VACUUM;',
        },
      })),
    };
  },
});

import { defineRule } from '../../../model/define.ts';
import { qualified } from '../identifiers.ts';
import { judgeBloat, minimumWasted } from './bloat.ts';
import { sizeText } from './schema-view.ts';

export const bloatedTable = defineRule({
  id: 'postgresql/bloated-table',
  meta: {
    title: 'A table that is mostly empty space',
    why: 'Rows that were deleted or updated leave space in the table. VACUUM lets new rows use it again, but does not give it back: a table that once was large stays so, and every scan, backup and cache has to carry the empty pages.',
    sources: [
      {
        title: 'PostgreSQL: Recovering Disk Space',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
      },
      { title: 'PostgreSQL: pgstattuple', url: 'https://www.postgresql.org/docs/current/pgstattuple.html' },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.bloat', 'postgresql.bloat-measured'] },
    doesNotApplyWhen:
      'The space is small, or the table soon grows into it again: a queue that is filled and emptied needs its size. The table was never analysed, or the role may not read its statistics: then there is no estimate.',
    confirmedBy:
      'pgstattuple_approx, where the extension is installed; otherwise it is an estimate from average widths.',
    thresholds: {
      minimumWasted,
      minimumShare: {
        value: 0.5,
        unit: 'ratio',
        source:
          'Own choice: rewriting a table holds everybody up or needs twice its space, so at least half should be gained. Splinter tells from 70 % on.',
      },
    },
  },

  evaluate(view) {
    return judgeBloat(view, 'table', ({ fact, wastedBytes }) => ({
      impact: {
        indicator: 'postgresql.table.size',
        labels: {},
        text: `scans of the table read ${sizeText(wastedBytes)} for nothing`,
      },
      advice: {
        text: 'No change is proposed: VACUUM (FULL) keeps everybody away from the table while it writes it anew. Do it in a window of maintenance, or use pg_repack, which does not. First see that VACUUM keeps up, or it will be the same again.',
        code: `VACUUM (FULL, ANALYZE) ${qualified(fact.schema, fact.name)};`,
      },
    }));
  },
});

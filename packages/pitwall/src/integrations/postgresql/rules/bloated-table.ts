import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { measuredBloat, measureRequest } from '../bloat-measure.ts';
import { factsOf } from '../facts/define.ts';
import type { BloatFact } from '../facts/schema.ts';
import { qualified } from '../identifiers.ts';
import { minimumWasted } from './bloat-thresholds.ts';
import { mostImportant, notRead, shareText, sizeText, wasRead } from './schema-view.ts';

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

  evaluate(view): RuleResult {
    if (wasRead(view, 'bloat') === null) return notRead('bloat');
    const tables = [...factsOf(view, 'postgresql.bloat')].filter(([, { of }]) => of === 'table');
    if (tables.length === 0) return { notApplicable: 'no table is large enough to be looked at, or can be estimated' };
    const found = tables.flatMap(([name, table]) => judge(view, name, table));
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'no large table is mostly empty space, as far as can be estimated' };
  },
});

function judge(view: RuleView, name: string, table: BloatFact): { weight: number; finding: FindingDraft }[] {
  const measured = measuredBloat(view, name);
  const bytes = measured?.bytes ?? table.bytes;
  const wasted = measured?.wastedBytes ?? table.bytes - table.neededBytes;
  if (wasted < view.threshold('minimumWasted') || wasted / bytes < view.threshold('minimumShare')) return [];
  const how = measured === null ? 'by estimate ' : '';
  const finding: FindingDraft = {
    subject: name,
    summary: printable(
      `${how}${shareText(wasted / bytes)} of table ${name} is empty space: ${sizeText(wasted)} of ${sizeText(bytes)}`,
    ),
    severity: 'info',
    confidence: measured === null ? 'low' : 'high',
    evidence: [
      {
        label: measured === null ? 'wasted, estimated' : `wasted, measured (${measured.by})`,
        value: wasted,
        unit: 'By',
      },
      { label: 'table', value: bytes, unit: 'By' },
    ],
    impact: {
      indicator: 'postgresql.table.size',
      labels: {},
      text: `scans of the table read ${sizeText(wasted)} for nothing`,
    },
    advice: {
      text: 'No change is proposed: VACUUM (FULL) keeps everybody away from the table while it writes it anew. Do it in a window of maintenance, or use pg_repack, which does not. First see that VACUUM keeps up, or it will be the same again.',
      code: `VACUUM (FULL, ANALYZE) ${qualified(table.schema, table.name)};`,
    },
    ...(measured === null ? { confirm: measureRequest(name, table) } : {}),
  };
  return [{ weight: wasted, finding }];
}

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { measuredBloat, measureRequest } from '../bloat-measure.ts';
import { factsOf } from '../facts/define.ts';
import type { BloatFact } from '../facts/schema.ts';
import { qualified } from '../identifiers.ts';
import { minimumWasted } from './bloat-thresholds.ts';
import { reindex } from './changes.ts';
import { mostImportant, notRead, shareText, sizeText, wasRead } from './schema-view.ts';

export const bloatedIndex = defineRule({
  id: 'postgresql/bloated-index',
  meta: {
    title: 'An index that is mostly empty space',
    why: 'A page of an index is given back only when it is empty altogether. After many deletes and updates half-empty pages remain: the index is larger than it has to be, and so less of it stays in memory.',
    sources: [
      {
        title: 'PostgreSQL: Routine Reindexing',
        url: 'https://www.postgresql.org/docs/current/routine-reindex.html',
      },
      { title: 'PostgreSQL: pgstatindex', url: 'https://www.postgresql.org/docs/current/pgstattuple.html' },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.bloat', 'postgresql.bloat-measured'] },
    doesNotApplyWhen:
      'The space is small. Other kinds than B-trees are not looked at. The index was made by a version without deduplication: then it becomes smaller, but was not bloated.',
    confirmedBy:
      'pgstatindex, where the extension is installed: only then a change is proposed. Otherwise it is an estimate from average widths, and advice.',
    thresholds: {
      minimumWasted,
      minimumShare: {
        value: 0.5,
        unit: 'ratio',
        source:
          'Leaves of a B-tree that is filled in random order are ln 2 = 69 % full (Yao 1978): a third of free space is usual and comes back. Half is more than that.',
      },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'bloat') === null) return notRead('bloat');
    const indexes = [...factsOf(view, 'postgresql.bloat')].filter(([, { of }]) => of === 'index');
    if (indexes.length === 0) return { notApplicable: 'no index is large enough to be looked at, or can be estimated' };
    const found = indexes.flatMap(([name, index]) => judge(view, name, index));
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'no large index is mostly empty space, as far as can be estimated' };
  },
});

function judge(view: RuleView, name: string, index: BloatFact): { weight: number; finding: FindingDraft }[] {
  const measured = measuredBloat(view, name);
  const bytes = measured?.bytes ?? index.bytes;
  const wasted = measured?.wastedBytes ?? index.bytes - index.neededBytes;
  if (wasted < view.threshold('minimumWasted') || wasted / bytes < view.threshold('minimumShare')) return [];
  const how = measured === null ? 'by estimate ' : '';
  const finding: FindingDraft = {
    subject: name,
    summary: printable(
      `${how}${shareText(wasted / bytes)} of index ${name} on ${index.table ?? 'its table'} is empty space: ${sizeText(wasted)} of ${sizeText(bytes)}`,
    ),
    severity: 'info',
    confidence: measured === null ? 'low' : 'high',
    evidence: [
      {
        label: measured === null ? 'wasted, estimated' : `wasted, measured (${measured.by})`,
        value: wasted,
        unit: 'By',
      },
      { label: 'index', value: bytes, unit: 'By' },
    ],
    impact: {
      indicator: 'postgresql.index.size',
      labels: {},
      text: `${sizeText(wasted)} of disk, and as much less to be kept in memory`,
    },
    ...(measured === null
      ? {
          advice: {
            text: 'No change is proposed for an estimate. With the extension pgstattuple it can be measured (CREATE EXTENSION pgstattuple). If you are sure:',
            code: `REINDEX INDEX CONCURRENTLY ${qualified(index.schema, index.name)};`,
          },
          confirm: measureRequest(name, index),
        }
      : { changes: [reindex(name, `Building it anew gives ${sizeText(wasted)} back`)] }),
  };
  return [{ weight: wasted, finding }];
}

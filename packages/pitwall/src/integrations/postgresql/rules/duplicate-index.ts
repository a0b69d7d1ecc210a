import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import { DROP_FACTS, droppedBy } from './drop-index.ts';
import { columnsText, duplicatesIn } from './index-cover.ts';
import { mostImportant, notRead, sizeText, wasRead } from './schema-view.ts';

export const duplicateIndex = defineRule({
  id: 'postgresql/duplicate-index',
  meta: {
    title: 'Two indexes that are the same',
    why: 'Two indexes with the same columns, order, operator classes and predicate answer the same queries. Each write keeps both up to date, and both take disk and memory.',
    sources: [
      {
        title: 'PostgreSQL: pg_index',
        url: 'https://www.postgresql.org/docs/current/catalog-pg-index.html',
      },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.index', ...DROP_FACTS] },
    doesNotApplyWhen:
      'They differ in operator class, collation, direction, included columns or predicate; or each of them is needed for itself: a constraint, the replica identity, a clustered table.',
    confirmedBy:
      'The definitions in the catalogues. The trial: indexes take less space, and no statement of the table is slower, where some are called. One that makes values unique is advice: Pitwall drops none.',
    thresholds: {},
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    const indexes = factsOf(view, 'postgresql.index');
    if (indexes.size === 0) return { notApplicable: 'there are no indexes' };
    const found = [...duplicatesIn(indexes)].map(([name, keeper]) => {
      const index = indexes.get(name)!;
      return { weight: index.bytes, finding: findingOf(view, name, index, keeper, indexes.get(keeper)!) };
    });
    return found.length > 0 ? { found: mostImportant(found) } : { clear: 'no two indexes are the same' };
  },
});

function findingOf(view: RuleView, name: string, index: IndexFact, keeper: string, by: IndexFact): FindingDraft {
  const what = by.unique ? (by.primary ? 'the primary key' : 'unique') : 'the same';
  return {
    subject: name,
    summary: printable(
      `index ${name} on ${index.table} ${columnsText(index)} is the same as ${keeper}${by.unique ? `, which is ${what}` : ''}: ${sizeText(index.bytes)}`,
    ),
    severity: 'warning',
    confidence: 'high',
    evidence: [
      { label: 'kept', value: by.definition },
      { label: 'dropped', value: index.definition },
      { label: 'scans of each', value: `${keeper} ${by.scans}, ${name} ${index.scans}` },
      { label: 'index size', value: index.bytes, unit: 'By' },
    ],
    impact: {
      indicator: 'postgresql.index.size',
      labels: {},
      text: 'each insert, and each update that is not HOT, has one index less to write',
    },
    ...droppedBy(view, {
      name,
      index,
      reason: `${keeper} is the same`,
      notKnown: 'Not known: whether anything names the index (a hint, a migration).',
      isSafe: true,
    }),
  };
}

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import { DROP_FACTS, droppedBy } from './drop-index.ts';
import { columnsText, mostTimesAsLarge, redundantIn } from './index-cover.ts';
import { mostImportant, notRead, sizeText, tooYoung, unusedFor, wasRead } from './schema-view.ts';

export const redundantIndex = defineRule({
  id: 'postgresql/redundant-index',
  meta: {
    title: 'An index that a wider one makes needless',
    why: 'A B-tree on (a, b) finds rows by a alone, too. A second index on (a) then answers no query that the wider one cannot, and still every write keeps it up to date.',
    sources: [
      {
        title: 'PostgreSQL: Multicolumn Indexes',
        url: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
      },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.index', 'postgresql.foreign-key', 'postgresql.counters', ...DROP_FACTS] },
    doesNotApplyWhen:
      'They differ in operator class, collation, direction or predicate; the narrow one is unique or stands for a constraint; or it is much smaller than the wide one, and what it answers often stays in memory only because of that.',
    confirmedBy:
      'The definitions in the catalogues say that the wide one can answer the same. That it is as quick is for the trial: indexes take less space, and no statement of the table is slower. Where none is called, it is advice, unless nothing has used the index for 35 days.',
    thresholds: {
      mostTimes: mostTimesAsLarge,
      counterAge: unusedFor,
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    const indexes = factsOf(view, 'postgresql.index');
    if (indexes.size === 0) return { notApplicable: 'there are no indexes' };
    const redundant = redundantIn(indexes, factsOf(view, 'postgresql.foreign-key'), view.threshold('mostTimes'));
    const found = [...redundant].map(([name, keeper]) => {
      const index = indexes.get(name)!;
      return { weight: index.bytes, finding: findingOf(view, name, index, keeper, indexes.get(keeper)!) };
    });
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'no index is made needless by a wider one of like size' };
  },
});

function findingOf(view: RuleView, name: string, index: IndexFact, keeper: string, by: IndexFact): FindingDraft {
  return {
    subject: name,
    summary: printable(
      `index ${name} on ${index.table} ${columnsText(index)} is covered by ${keeper} ${columnsText(by)}: ${sizeText(index.bytes)}`,
    ),
    severity: 'info',
    // That it finds the same rows is certain; that it finds them as fast is for a trial to say.
    confidence: 'medium',
    evidence: [
      { label: 'covered by', value: by.definition },
      { label: 'covered', value: index.definition },
      { label: 'index size', value: index.bytes, unit: 'By' },
      { label: 'size of the wider one', value: by.bytes, unit: 'By' },
      { label: 'scans of the narrow one', value: index.scans },
    ],
    impact: {
      indicator: 'postgresql.index.size',
      labels: {},
      text: 'each insert, and each update that is not HOT, has one index less to write',
    },
    ...droppedBy(view, {
      name,
      index,
      reason: `${keeper} serves every query that it could`,
      notKnown: 'Not known: how much slower the wider one is where nothing is measured, on replicas too.',
      // Without guards only what nobody has used for long is no loss.
      isSafe: index.scans === 0 && tooYoung(view, view.threshold('counterAge')) === null,
    }),
  };
}

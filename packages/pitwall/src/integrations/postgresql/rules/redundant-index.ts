import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import { dropIndex } from './changes.ts';
import { columnsText, isCovered, isOnlyForSpeed, servedBy } from './index-cover.ts';
import { mostImportant, notRead, sizeText, wasRead } from './schema-view.ts';

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
    uses: { facts: ['postgresql.index', 'postgresql.foreign-key'] },
    doesNotApplyWhen:
      'They differ in operator class, collation, direction or predicate; the narrow one is unique or stands for a constraint; or it is much smaller than the wide one, and what it answers often stays in memory only because of that.',
    confirmedBy:
      'The definitions in the catalogues say that the wide one can answer the same. That it is as quick is for the trial: indexes take less space, and nothing measured is slower.',
    thresholds: {
      mostTimes: {
        value: 4,
        unit: 'times its size',
        source:
          'Own choice: a wide index many times as large reads more pages for the same rows; from here on it is a trade-off, not waste. Deduplication makes narrow indexes with few values small (PostgreSQL 13).',
      },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    const indexes = [...factsOf(view, 'postgresql.index')];
    if (indexes.length === 0) return { notApplicable: 'there are no indexes' };
    const foreignKeys = factsOf(view, 'postgresql.foreign-key');
    const found: { weight: number; finding: FindingDraft }[] = [];
    const ofTable = Map.groupBy(indexes, ([, { table }]) => table);
    for (const [name, index] of indexes) {
      if (!index.valid || !isOnlyForSpeed(index)) continue;
      const served = servedBy(index, foreignKeys);
      const keeper = ofTable
        .get(index.table)
        ?.find(
          ([other, by]) =>
            other !== name &&
            isCovered(index, by) === 'wider' &&
            by.bytes <= view.threshold('mostTimes') * Math.max(index.bytes, 8192) &&
            served.every((key) => servedBy(by, foreignKeys).includes(key)),
        );
      if (keeper) found.push({ weight: index.bytes, finding: findingOf(name, index, keeper[0], keeper[1]) });
    }
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'no index is made needless by a wider one of like size' };
  },
});

function findingOf(name: string, index: IndexFact, keeper: string, by: IndexFact): FindingDraft {
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
    changes: [dropIndex(name, `${keeper} serves every query that it could`)],
  };
}

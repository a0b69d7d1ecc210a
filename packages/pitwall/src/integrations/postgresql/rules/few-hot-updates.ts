import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact, TableFact } from '../facts/schema.ts';
import { keepRoom } from './changes.ts';
import { countersOf, mostImportant, notRead, notYet, shareText, tooYoung, usualDay, wasRead } from './schema-view.ts';

/** A table is given a tenth of each page at a time, and never more than three: what is free is also read. */
const STEP = 10;
const LEAST_FILLFACTOR = 70;

export const fewHotUpdates = defineRule({
  id: 'postgresql/few-hot-updates',
  meta: {
    title: 'Updates that write every index',
    why: 'An update writes a new version of the row. When it changes no indexed column and the page has room, the indexes need not know (a heap-only tuple, HOT) and the space is used again without VACUUM. Otherwise every index of the table gets a new entry.',
    sources: [
      {
        title: 'PostgreSQL: Heap-Only Tuples (HOT)',
        url: 'https://www.postgresql.org/docs/current/storage-hot.html',
      },
      {
        title: 'PostgreSQL: CREATE TABLE, fillfactor',
        url: 'https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-FILLFACTOR',
      },
    ],
    needs: { facts: ['postgresql.schema', 'postgresql.counters'] },
    uses: { facts: ['postgresql.table', 'postgresql.index'] },
    doesNotApplyWhen:
      'The table has no index, is rarely updated, or the counters are younger than a day. Long transactions keep old versions alive, and then room is never freed whatever the fillfactor is.',
    confirmedBy:
      'n_tup_hot_upd ÷ n_tup_upd. Since PostgreSQL 16 n_tup_newpage_upd tells updates without room from those of indexed columns; before, one has to try. The fillfactor holds for pages written from then on.',
    thresholds: {
      minimumUpdates: {
        value: 10_000,
        unit: 'updates',
        source: 'Own choice: fewer since the counters began cost nothing that shows.',
      },
      leastShare: {
        value: 0.5,
        unit: 'ratio',
        source: 'Own choice: when more than half are HOT, a lower fillfactor costs more reading than it saves writing.',
      },
      counterAge: usualDay,
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'tables') === null) return notRead('tables');
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    const tables = factsOf(view, 'postgresql.table');
    if (tables.size === 0) return { notApplicable: 'there are no tables' };
    if (countersOf(view)?.inRecovery) return { notApplicable: 'this is a replica: it does not update anything' };
    const young = tooYoung(view, view.threshold('counterAge'));
    if (young !== null) return notYet(view, young);
    const indexes = Map.groupBy(factsOf(view, 'postgresql.index').values(), ({ table }) => table);
    const found = [...tables].flatMap(([name, table]) => {
      const own = indexes.get(name) ?? [];
      if (own.length === 0 || table.updates < view.threshold('minimumUpdates')) return [];
      if (table.hotUpdates / table.updates >= view.threshold('leastShare')) return [];
      return [{ weight: (table.updates - table.hotUpdates) * own.length, finding: findingOf(name, table, own) }];
    });
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'tables that are updated often are mostly updated without writing their indexes' };
  },
});

function findingOf(name: string, table: TableFact, indexes: readonly IndexFact[]): FindingDraft {
  const others = table.updates - table.hotUpdates;
  const withoutRoom = table.newPageUpdates === null ? null : table.newPageUpdates / others;
  const text = `${shareText(table.hotUpdates / table.updates)} of ${counted(table.updates, 'update')} of ${name} ${either(table.updates, 'was', 'were')} HOT: the others wrote ${indexes.length === 1 ? 'its index' : `all ${indexes.length} indexes`}`;
  const common = {
    subject: name,
    summary: printable(text),
    severity: 'info',
    evidence: [
      { label: 'updates', value: table.updates },
      { label: 'HOT updates', value: table.hotUpdates },
      { label: 'updates without room on their page', value: table.newPageUpdates ?? 'counted since PostgreSQL 16' },
      { label: 'fillfactor', value: table.fillfactor, unit: '%' },
      { label: 'indexes', value: indexes.length },
    ],
  } as const;
  const fillfactor = Math.max(LEAST_FILLFACTOR, table.fillfactor - STEP);
  // On PostgreSQL 15 and older room is the likelier reason only as long as none was ever left.
  const isRoom = withoutRoom === null ? table.fillfactor === 100 : withoutRoom >= 0.5;
  if (isRoom && fillfactor < table.fillfactor) {
    return {
      ...common,
      confidence: withoutRoom === null ? 'low' : 'medium',
      changes: [
        keepRoom(name, fillfactor, `Room on each page for new versions of its rows (${100 - fillfactor} % left free)`),
      ],
    };
  }
  return {
    ...common,
    confidence: withoutRoom === null ? 'low' : 'medium',
    advice: {
      text: `Room is not what is lacking: the updates change columns that are indexed, or long transactions keep old versions. Look whether an index on a column that changes often is worth it: ${printable(indexes.map((index) => index.name).join(', '))}.`,
    },
  };
}

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { either } from '../../../model/plural.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { CountersFact, IndexFact } from '../facts/schema.ts';
import { DROP_FACTS, droppedBy } from './drop-index.ts';
import {
  columnsText,
  duplicatesIn,
  isCovered,
  isOnlyForSpeed,
  mostTimesAsLarge,
  redundantIn,
  servedBy,
} from './index-cover.ts';
import {
  ageText,
  countersOf,
  mostImportant,
  notRead,
  notYet,
  sizeText,
  tooYoung,
  unusedFor,
  wasRead,
} from './schema-view.ts';

export const unusedIndex = defineRule({
  id: 'postgresql/unused-index',
  meta: {
    title: 'An index that no query has used',
    why: 'Every insert, and every update that is not HOT, writes each index of the table; VACUUM reads them all, and they take memory that data could use. An index that no query uses costs all of that for nothing.',
    sources: [
      {
        title: 'PostgreSQL: pg_stat_all_indexes',
        url: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW',
      },
      {
        title: 'pganalyze: unused indexes',
        url: 'https://pganalyze.com/docs/checks/schema/index_unused',
      },
    ],
    needs: { facts: ['postgresql.schema', 'postgresql.counters'] },
    uses: { facts: ['postgresql.index', 'postgresql.foreign-key', ...DROP_FACTS] },
    doesNotApplyWhen:
      'The counters are younger than 35 days, or this is a replica. The index is unique, stands for a constraint, serves a foreign key, is the replica identity, or the table is clustered by it. Something asks only once a quarter: nobody can see that.',
    confirmedBy:
      'Zero scans since the statistics were reset, on the primary and (by hand) on each replica. When an index was made is only known with track_commit_timestamp.',
    thresholds: {
      counterAge: unusedFor,
      mostTimes: mostTimesAsLarge,
      minimumBytes: { value: 32 * 1024, unit: 'bytes', source: 'pganalyze leaves out indexes of up to 32 kB.' },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    if (wasRead(view, 'foreign keys') === null) return notRead('foreign keys');
    const indexes = factsOf(view, 'postgresql.index');
    if (indexes.size === 0) return { notApplicable: 'there are no indexes' };
    const counters = countersOf(view);
    if (counters?.inRecovery)
      return { notApplicable: 'this is a replica: what the primary and the other replicas use cannot be seen here' };
    const young = tooYoung(view, view.threshold('counterAge'));
    if (young !== null || counters === null) return notYet(view, young ?? 'there are no counters');
    // Those that are the same as another, or covered by one, are told by the rules for that; and what they are left to stays.
    const others = [
      ...duplicatesIn(indexes),
      ...redundantIn(indexes, factsOf(view, 'postgresql.foreign-key'), view.threshold('mostTimes')),
    ];
    const told = new Set(others.flat());
    const found = [...indexes].flatMap(([name, index]) => {
      const usage = usageOf(index, name, indexes);
      return usage !== null && !told.has(name) && isUnused(view, index, usage, indexes)
        ? [{ weight: usage.bytes, finding: findingOf(view, name, index, usage.bytes, counters) }]
        : [];
    });
    if (found.length > 0) return { found: mostImportant(found) };
    return { clear: `every index of some size was used in the last ${ageText(counters.age ?? 0)}, or is needed` };
  },
});

interface Usage {
  readonly scans: number;
  readonly bytes: number;
}

/** Of a partitioned index that of all its parts; null when not all are known. */
function usageOf(index: IndexFact, name: string, indexes: ReadonlyMap<string, IndexFact>): Usage | null {
  if (index.kind === 'index') return index;
  const parts = [...indexes].filter(([, { parent }]) => parent === name);
  if (parts.length !== index.parts) return null;
  const usages = parts.map(([part, fact]) => usageOf(fact, part, indexes));
  return usages.reduce<Usage | null>(
    (sum, usage) =>
      sum === null || usage === null ? null : { scans: sum.scans + usage.scans, bytes: sum.bytes + usage.bytes },
    { scans: 0, bytes: 0 },
  );
}

function isUnused(view: RuleView, index: IndexFact, usage: Usage, indexes: ReadonlyMap<string, IndexFact>): boolean {
  if (usage.scans > 0 || usage.bytes <= view.threshold('minimumBytes')) return false;
  if (!isOnlyForSpeed(index) || !index.valid || index.beingBuilt !== false) return false;
  if (index.madeAgo !== null && index.madeAgo < view.threshold('counterAge')) return false;
  if (servedBy(index, factsOf(view, 'postgresql.foreign-key')).length > 0) return false;
  // Queries use the narrower one, which is redundant because of this one: both must not go.
  return ![...indexes.values()].some((other) => other !== index && other.scans > 0 && isCovered(other, index) !== null);
}

function findingOf(
  view: RuleView,
  name: string,
  index: IndexFact,
  bytes: number,
  counters: CountersFact,
): FindingDraft {
  const since = ageText(counters.age ?? 0);
  const isExpression = index.keys.some(({ expression }) => expression !== null);
  const common = {
    subject: name,
    summary: printable(
      `no query used index ${name} on ${index.table} ${columnsText(index)} in ${since}: ${sizeText(bytes)}`,
    ),
    severity: 'info',
    evidence: [
      { label: 'scans', value: 0 },
      { label: 'counters since', value: counters.age ?? 'unknown', unit: 's' },
      { label: 'index size', value: bytes, unit: 'By' },
      { label: 'replicas', value: counters.replicas },
      { label: 'made', value: index.madeAgo === null ? 'not known when' : `${ageText(index.madeAgo)} ago` },
      { label: 'definition', value: index.definition },
    ],
    impact: {
      indicator: 'postgresql.index.size',
      labels: {},
      text: 'each insert, and each update that is not HOT, has one index less to write',
    },
  } as const;
  if (counters.replicas > 0) {
    return {
      ...common,
      confidence: 'low',
      advice: {
        text: `There ${either(counters.replicas, 'is a replica', `are ${counters.replicas} replicas`)}, which count for themselves: the index may be used there. Ask each; drop it only when all say 0.`,
        code: `SELECT idx_scan FROM pg_stat_all_indexes WHERE schemaname = ${literal(index.schema)} AND indexrelname = ${literal(index.name)};`,
      },
    };
  }
  return {
    ...common,
    // The planner also takes statistics of an expression from its index, used or not.
    confidence: isExpression ? 'low' : index.madeAgo === null ? 'medium' : 'high',
    ...droppedBy(view, {
      name,
      index,
      reason: `No query has used it in ${since}, and no constraint or foreign key needs it`,
      notKnown:
        'Not known: whether a standby that is not connected now uses it, and what asks more rarely than the counters are old.',
      isSafe: wasTableRead(view, index),
    }),
  };
}

/** That nothing used an index says something only where something read the table. */
function wasTableRead(view: RuleView, { table }: IndexFact): boolean {
  const { seqScans = 0, indexScans = 0 } = factsOf(view, 'postgresql.table').get(table) ?? {};
  return seqScans + indexScans > 0;
}

/** A text in SQL. https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS */
function literal(text: string): string {
  return `${text.includes('\\') ? ' E' : ''}'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

import { printable } from '../../../errors.ts';
import type { ChangeDraft } from '../../../model/change.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { AutovacuumFact, TableFact } from '../facts/schema.ts';
import { mayTouch } from '../may-touch.ts';
import { analyze } from './changes.ts';
import { ageText, countersOf, mostImportant, notRead, wasRead } from './schema-view.ts';
import { statementProof } from './statement-proof.ts';
import { tableSetting, whyNoAutovacuum } from './table-settings.ts';

export const staleStatistics = defineRule({
  id: 'postgresql/stale-statistics',
  meta: {
    title: 'The planner has no statistics of a table, or old ones',
    why: 'The planner picks indexes and join orders by what the last ANALYZE saw. When much of a table has changed since, or nobody ever analysed it, it guesses, and can be wrong a thousandfold.',
    sources: [
      {
        title: 'PostgreSQL: Updating Planner Statistics',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
      },
    ],
    needs: { facts: ['postgresql.schema', 'postgresql.autovacuum'] },
    uses: {
      facts: [
        'postgresql.table',
        'postgresql.counters',
        'postgresql.statement',
        'postgresql.workload',
        'postgresql.server',
        'load.endpoint',
      ],
    },
    doesNotApplyWhen: 'The table is small, or no more changed than twice what autovacuum waits for.',
    confirmedBy:
      'n_mod_since_analyze against autovacuum_analyze_threshold + autovacuum_analyze_scale_factor × rows. The trial: the times of the statements that read the table, or, where none is known, response times under load, before and after.',
    thresholds: {
      factor: {
        value: 2,
        unit: 'times what autovacuum waits for',
        source: 'Own choice: at 1 autovacuum begins; what is twice as much it does not keep up with.',
      },
      minimumRows: {
        value: 1000,
        unit: 'rows',
        source: 'As for sqlite/stale-statistics: a wrong choice on a smaller table costs well under a millisecond.',
      },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'tables') === null) return notRead('tables');
    const tables = factsOf(view, 'postgresql.table');
    if (tables.size === 0) return { notApplicable: 'there are no tables' };
    if (countersOf(view)?.inRecovery) return { notApplicable: 'this is a replica: ANALYZE runs on the primary' };
    const settings = factsOf(view, 'postgresql.autovacuum').get('')!;
    const found = [...tables].flatMap(([name, table]) => {
      const rows = table.kind === 'partitioned' ? rowsBelow(name, tables) : table.liveRows;
      const why = rows >= view.threshold('minimumRows') ? whyStale(view, table, settings) : null;
      return why === null
        ? []
        : [{ weight: Math.max(table.modifiedRows, rows), finding: findingOf(view, name, table, settings, rows, why) }];
    });
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'every table of some size has statistics that fit' };
  },
});

function rowsBelow(parent: string, tables: ReadonlyMap<string, TableFact>): number {
  const parts = [...tables].filter(([, table]) => table.parent === parent);
  return parts.reduce(
    (sum, [name, table]) => sum + (table.kind === 'partitioned' ? rowsBelow(name, tables) : table.liveRows),
    0,
  );
}

/** As the end of a sentence; null when they fit. */
function whyStale(view: RuleView, table: TableFact, settings: AutovacuumFact): string | null {
  const never = table.rows === null && table.analyzedAgo === null && table.autoanalyzedAgo === null;
  if (table.kind === 'partitioned') {
    return never ? 'was never analysed as a whole, which autovacuum does not do' : null;
  }
  if (never) return 'was never analysed';
  const threshold = tableSetting(table, 'autovacuum_analyze_threshold', settings.analyzeThreshold);
  const share = tableSetting(table, 'autovacuum_analyze_scale_factor', settings.analyzeScaleFactor);
  const factor = whyNoAutovacuum(table, settings) === null ? view.threshold('factor') : 1;
  // A table that grew: by what it was when it was analysed, which is what autovacuum goes by.
  const isStale = table.modifiedRows > factor * (threshold + share * (table.rows ?? table.liveRows));
  const enough = table.modifiedRows >= view.threshold('minimumRows');
  return isStale && enough ? `changed by ${counted(table.modifiedRows, 'row')} since its last ANALYZE` : null;
}

function findingOf(
  view: RuleView,
  name: string,
  table: TableFact,
  settings: AutovacuumFact,
  rows: number,
  why: string,
): FindingDraft {
  const off = table.kind === 'partitioned' ? null : whyNoAutovacuum(table, settings);
  const last = Math.min(
    table.analyzedAgo ?? Number.POSITIVE_INFINITY,
    table.autoanalyzedAgo ?? Number.POSITIVE_INFINITY,
  );
  return {
    subject: name,
    summary: printable(`table ${name} (${counted(rows, 'row')}) ${why}${off === null ? '' : `: ${off}`}`),
    severity: Number.isFinite(last) ? 'info' : 'warning',
    confidence: Number.isFinite(last) || table.rows === null ? 'high' : 'medium',
    evidence: [
      { label: 'rows', value: rows },
      { label: 'changed since the last ANALYZE', value: table.modifiedRows },
      { label: 'rows that the planner knows of', value: table.rows ?? 'none' },
      {
        label: 'last ANALYZE',
        value: Number.isFinite(last) ? `${ageText(last)} ago` : 'never, since the counters began',
      },
    ],
    changes: [changeOf(view, name, `The table ${why}`)],
  };
}

/**
 * Proven by the statements that read the table: those that take half of what all of them take. An endpoint that never asks it
 * (a heartbeat) cannot become faster by it, so endpoints count only where no statement is known.
 */
function changeOf(view: RuleView, name: string, reason: string): ChangeDraft {
  const statements = [...factsOf(view, 'postgresql.statement')];
  if (statements.length === 0) {
    const endpoints = view.allFacts('load.endpoint').map(({ key }) => key);
    return analyze(
      name,
      reason,
      endpoints.map((endpoint) => ({ indicator: 'load.response.duration.p50', labels: { endpoint } })),
    );
  }
  const planned = statements
    .filter(([, one]) => PLANNED.includes(one.kind) && one.notUnderstood === null && mayTouch(one, name))
    .map(([id, { seconds }]) => ({ id, seconds: seconds ?? 0 }))
    .toSorted((a, b) => b.seconds - a.seconds);
  const half = planned.reduce((sum, { seconds }) => sum + seconds, 0) / 2;
  let covered = 0;
  const helped = planned.filter(({ seconds }, i) => {
    const needed = i === 0 || covered < half;
    covered += seconds;
    return needed;
  });
  const { affects, ...proof } = statementProof(
    view,
    name,
    helped.map(({ id }) => id),
  );
  return { ...analyze(name, reason, affects), ...proof };
}

/** Statements that search the table; what only inserts does not ask the planner for a way. */
const PLANNED: readonly string[] = ['select', 'update', 'delete', 'merge'];

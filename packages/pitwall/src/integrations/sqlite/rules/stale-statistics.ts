import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf, type QueryFact, type TableFact } from '../facts.ts';
import { effectText, isHarmed, isImproved, whyNone } from '../trial-choice.ts';
import { type CopyTrial, trialAnswer, trialRequest } from '../trial-contract.ts';
import { minimumGain } from './thresholds.ts';

const ID = 'sqlite/stale-statistics';

export const staleStatistics = defineRule({
  id: ID,
  meta: {
    title: 'The query planner has no statistics, or old ones',
    why: 'Without sqlite_stat1 SQLite guesses how many rows a value of an indexed column has, the same for every table. Then it can prefer the wrong index or join order. Statistics of a table that has grown tenfold since are not much better.',
    sources: [
      { title: 'SQLite: ANALYZE', url: 'https://sqlite.org/lang_analyze.html' },
      { title: 'SQLite: PRAGMA optimize', url: 'https://sqlite.org/pragma.html#pragma_optimize' },
    ],
    needs: { facts: ['sqlite.table', 'sqlite.index'] },
    uses: { facts: ['sqlite.query', 'sqlite.copy-trial'] },
    doesNotApplyWhen: 'No table of some size has an index: there is nothing to choose from.',
    confirmedBy:
      'ANALYZE on a private copy: a change is proposed only if a configured query gets another plan and is faster with it.',
    thresholds: {
      minimumRows: {
        value: 1000,
        unit: 'rows',
        source: 'As for sqlite/missing-index: a wrong choice on a smaller table costs well under a millisecond.',
      },
      staleFactor: {
        value: 10,
        unit: 'times',
        source:
          'PRAGMA optimize analyses a table again when its rows have become 10 times as many or as few (SQLite 3.46 and later).',
      },
      fullBytes: {
        value: 256 * 2 ** 20,
        unit: 'bytes of indexes',
        source:
          'Own choice: ANALYZE reads them all, once, in about a second when they are cached. Larger ones are sampled.',
      },
      analysisLimit: {
        value: 1000,
        unit: 'rows an index',
        source:
          'https://sqlite.org/lang_analyze.html recommends 100 to 1000 for large databases; values that most rows share are then thought to be rarer than they are.',
      },
      minimumGain,
    },
  },

  evaluate(view) {
    const tables = factsOf(view, 'sqlite.table');
    const indexed = new Set([...factsOf(view, 'sqlite.index').values()].map((index) => index.table));
    const large = [...tables].filter(
      ([name, { rows }]) => indexed.has(name) && (rows ?? 0) >= view.threshold('minimumRows'),
    );
    if (large.length === 0) return { notApplicable: 'no large table has an index' };
    const stale = large.flatMap(([name, table]) => {
      const why = stalenessOf(table, view.threshold('staleFactor'));
      return why === null ? [] : [{ name, why }];
    });
    if (stale.length === 0) return { clear: 'every large table with an index has statistics that fit its size' };
    return judge(view, stale);
  },
});

function stalenessOf(table: TableFact, factor: number): string | null {
  if (table.analyzedRows === null) return 'never analysed';
  // An estimate that comes from the statistics cannot contradict them.
  if (table.rows === null || table.rowsFrom === 'sqlite_stat1') return null;
  const ratio = (table.rows + 1) / (table.analyzedRows + 1);
  return ratio > factor || ratio < 1 / factor ? `analysed with ${table.analyzedRows} rows, has ${table.rows}` : null;
}

function judge(view: RuleView, stale: readonly { name: string; why: string }[]): RuleResult {
  const evidence = stale.map(({ name, why }) => ({ label: name, value: why }));
  const queries = [...factsOf(view, 'sqlite.query')].filter(
    ([, query]) => query.refused === null && query.plan.length > 0,
  );
  const names = stale.map(({ name }) => name).join(', ');
  const summary = printable(`the planner’s statistics are missing or old for ${names}`);
  if (queries.length === 0) {
    const advice = {
      text: 'No change is proposed: without configured queries it cannot be proved that one gets faster. Let the application run this before it closes a connection, or once a day:',
      code: 'PRAGMA optimize;',
    };
    return { found: [{ subject: 'sqlite_stat1', summary, severity: 'info', confidence: 'low', evidence, advice }] };
  }
  const limit = analysisLimit(view);
  const answer = trialAnswer(view, ID);
  if (answer === null) {
    const confirm = trialRequest(ID, {
      variants: [{ name: 'analyze', analyzeLimit: limit }],
      queries: queries.map(([query, { sql, params }]: [string, QueryFact]) => ({ query, sql, params: [...params] })),
    });
    const found = { subject: 'sqlite_stat1', summary, severity: 'info', confidence: 'low', evidence, confirm } as const;
    return { found: [found] };
  }
  return proved(view, answer, { summary, evidence }, limit);
}

/** 0 reads the indexes in full. */
function analysisLimit(view: RuleView): number {
  const sizes = [...factsOf(view, 'sqlite.index').values()].map((index) => index.bytes);
  const known = sizes.every((bytes) => bytes !== null);
  const total = sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  return known && total <= view.threshold('fullBytes') ? 0 : view.threshold('analysisLimit');
}

function proved(
  view: RuleView,
  answer: CopyTrial,
  { summary, evidence }: Pick<FindingDraft, 'summary' | 'evidence'>,
  limit: number,
): RuleResult {
  const gain = view.threshold('minimumGain');
  const trials = answer.variants[0]?.queries ?? [];
  const harmed = trials.filter((trial) => isHarmed(trial, gain));
  if (harmed.length > 0) {
    return {
      clear: `${summary}, but with ANALYZE on a copy ${harmed[0]!.query} was ${effectText(harmed[0]!)}`,
    };
  }
  const improved = trials.filter((trial) => isImproved(trial, gain)).toSorted((a, b) => a.ratio - b.ratio);
  const best = improved[0];
  if (!best) {
    const unchanged = trials.length > 0 && trials.every((trial) => !trial.planChanged);
    const why = unchanged ? 'no configured query gets another plan by ANALYZE on a copy' : whyNone(answer);
    return { clear: `${summary}, but ${why}` };
  }
  const text = `with statistics ${best.query} is ${effectText(best)} on a copy`;
  return {
    found: [
      {
        subject: 'sqlite_stat1',
        summary: printable(`${summary}; ${text}`),
        severity: 'warning',
        confidence: 'high',
        evidence: [
          ...evidence,
          ...improved.map((trial) => ({
            label: `${trial.query} on a copy (95 % interval, ${trial.rounds} pairs)`,
            value: effectText(trial),
          })),
        ],
        impact: {
          indicator: 'sqlite.query.duration.p50',
          labels: { query: best.query },
          expectedRatio: best.ratio,
          text,
        },
        changes: [
          {
            tunable: 'sqlite/statistics',
            subject: '',
            to: { analyze: true, analysisLimit: limit },
            reason: text,
            affects: improved.map(({ query }) => ({ indicator: 'sqlite.query.duration.p50', labels: { query } })),
            predictedRatio: best.ratio,
          },
        ],
      },
    ],
  };
}

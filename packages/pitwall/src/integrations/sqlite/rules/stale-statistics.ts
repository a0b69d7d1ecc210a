import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf, type QueryFact, type TableFact } from '../facts.ts';
import { effectText, isHarmed, isImproved, whyNone } from '../trial-choice.ts';
import { type CopyTrial, type QueryTrial, trialAnswer, trialRequest } from '../trial-contract.ts';
import { proofOf, queryTimer, statementTimer } from './missing-index-change.ts';
import { minimumGain } from './thresholds.ts';
import { repeatable, trialTitle } from './trial-statements.ts';

const ID = 'sqlite/stale-statistics';
/** Statements whose plans are asked for on a copy, and those that are timed in place: each costs a part of every block. [judgement] */
const MOST_TRIED = 100;
const MOST_TIMED = 20;

export const staleStatistics = defineRule({
  id: ID,
  meta: {
    title: 'The query planner has no statistics, or old ones',
    why: 'Without sqlite_stat1 SQLite guesses how many rows a value of an indexed column has, the same for every table. Then it can prefer the wrong index or join order. Statistics of a table that has grown tenfold since are not much better.',
    sources: [
      { title: 'SQLite: ANALYZE', url: 'https://sqlite.org/lang_analyze.html' },
      { title: 'SQLite: PRAGMA optimize', url: 'https://sqlite.org/pragma.html#pragma_optimize' },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: { facts: ['sqlite.index', 'sqlite.query', 'sqlite.statement', 'sqlite.copy-trial'] },
    doesNotApplyWhen: 'No table of some size has an index: there is nothing to choose from.',
    confirmedBy:
      'ANALYZE on a private copy: a change is proposed only if a configured query, or a statement of the logs by real calls of it, gets another plan and is faster with it, and none is slower.',
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
  const statements = repeatable(view, () => true, MOST_TRIED);
  if (queries.length + statements.length === 0) {
    const advice = {
      text: 'No change is proposed: without configured queries, or real calls in a log, it cannot be proved that one gets faster. Let the application run this before it closes a connection, or once a day:',
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
      statements,
    });
    const found = { subject: 'sqlite_stat1', summary, severity: 'info', confidence: 'low', evidence, confirm } as const;
    return { found: [found] };
  }
  return proved(view, answer, { summary, evidence }, limit, statements);
}

function whyNotBetter(answer: CopyTrial): string {
  const nothing = answer.variants.every(({ failed, queries }) => failed === null && queries.length === 0);
  return nothing ? 'no statement could be repeated on a copy' : whyNone(answer);
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
  statements: readonly string[],
): RuleResult {
  const titleOf = ({ query }: QueryTrial) => trialTitle(view, query);
  const gain = view.threshold('minimumGain');
  const trials = answer.variants[0]?.queries ?? [];
  const harmed = trials.filter((trial) => isHarmed(trial, gain));
  if (harmed.length > 0) {
    return {
      clear: printable(`${summary}, but with ANALYZE on a copy ${titleOf(harmed[0]!)} was ${effectText(harmed[0]!)}`),
    };
  }
  const improved = trials.filter((trial) => isImproved(trial, gain)).toSorted((a, b) => a.ratio - b.ratio);
  const best = improved[0];
  if (!best) {
    const unchanged = trials.length > 0 && trials.every((trial) => !trial.planChanged);
    const what = statements.length === 0 ? 'configured query' : 'query or statement';
    const why = unchanged ? `no ${what} gets another plan by ANALYZE on a copy` : whyNotBetter(answer);
    return { clear: `${summary}, but ${why}` };
  }
  const logged = new Set(statements);
  const timerOf = ({ query }: QueryTrial) => (logged.has(query) ? statementTimer(query) : queryTimer(query));
  // Calls of one statement that differ in their texts were tried each.
  const affected = [...new Map(improved.map((trial) => [trial.query, timerOf(trial)])).values()].slice(0, MOST_TIMED);
  const changed = new Set(trials.filter(({ planChanged }) => planChanged).map(({ query }) => query));
  const guards = statements
    .filter((id) => changed.has(id) && !improved.some(({ query }) => query === id))
    .slice(0, MOST_TIMED)
    .map(statementTimer);
  const text = `with statistics ${titleOf(best)} is ${effectText(best)} on a copy`;
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
            label: `${titleOf(trial)} on a copy (95 % interval, ${trial.rounds} pairs)`,
            value: effectText(trial),
          })),
        ],
        impact: {
          ...timerOf(best),
          expectedRatio: best.ratio,
          text,
        },
        changes: [
          {
            tunable: 'sqlite/statistics',
            subject: '',
            to: { analyze: true, analysisLimit: limit },
            reason: text,
            ...proofOf(affected, guards, []),
            predictedRatio: best.ratio,
          },
        ],
      },
    ],
  };
}

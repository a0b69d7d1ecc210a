import { printable } from '../../../errors.ts';
import type { ChangeDraft, PredictedEffect, Selector } from '../../../model/change.ts';
import type { IndexProposal } from '../../../model/database.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { type AdviceFact, adviceAnswer, adviceRequest, improvedBy, type QueryEffect } from '../advice-contract.ts';
import { type Candidate, candidatesFor } from '../candidates.ts';
import { factsOf, type IndexFact, type QueryFact, type TableFact } from '../facts.ts';
import { indexName } from '../index-name.ts';
import { type Suspect, suspectsIn } from '../suspects.ts';
import { effectText } from '../trial-choice.ts';
import { minimumGain } from './thresholds.ts';

const ID = 'sqlite/missing-index';
/** Of a text, in plans and in the store. */
const LONGEST_TEXT = 300;

export const missingIndex = defineRule({
  id: ID,
  meta: {
    title: 'A query reads a large table in full',
    why: 'Without an index that fits its conditions SQLite reads every row of the table for each run, or builds an index for that run alone, or sorts everything to return the first few rows. The time grows with the table.',
    sources: [
      { title: 'SQLite: Query Planning', url: 'https://sqlite.org/queryplanner.html' },
      { title: 'SQLite: EXPLAIN QUERY PLAN', url: 'https://sqlite.org/eqp.html' },
      { title: 'SQLite: The Query Optimizer Overview', url: 'https://sqlite.org/optoverview.html' },
    ],
    needs: { facts: ['sqlite.query', 'sqlite.table'] },
    uses: { facts: ['sqlite.index', 'sqlite.foreign-key', 'sqlite.index-advice'] },
    doesNotApplyWhen:
      'No configured query was run; the table is small; the query’s conditions are functions, OR or LIKE, which an ordinary index does not serve.',
    confirmedBy:
      'Asking the planner about sets of indexes for all configured queries together on a clone of the schema, then building the best sets on a private copy of the database and timing the queries with and without them, alternately. What is not faster with 95 % certainty, or makes another query slower, is not proposed.',
    thresholds: {
      minimumRows: {
        value: 1000,
        unit: 'rows',
        source:
          'Between the 500 rows from which PgHero suggests indexes and the 10,000 from which it reports missing ones.',
      },
      minimumGain,
    },
  },

  evaluate(view) {
    const queries = new Map([...factsOf(view, 'sqlite.query')].filter(([, query]) => query.refused === null));
    if (queries.size === 0) return { notApplicable: 'no configured query could be run' };
    const tables = factsOf(view, 'sqlite.table');
    const indexes = factsOf(view, 'sqlite.index');
    const suspects = suspectsIn(queries, tables, view.threshold('minimumRows'));
    if (suspects.length === 0) return { clear: 'no configured query reads a large table in full' };
    const answer = adviceAnswer(view, ID);
    if (answer === null) return suspected(view, suspects, queries, tables, indexes);
    const gain = view.threshold('minimumGain');
    const found = answer.proposals.flatMap((proposal) => {
      if (proposal.action !== 'create') return [];
      const improved = improvedBy(proposal, answer, gain);
      return improved.length > 0 ? [confirmed(proposal, improved, { answer, suspects, tables, queries })] : [];
    });
    if (found.length > 0) return { found };
    return { clear: printable(suspects.map(({ table }) => `${table}: ${whyNone(answer, table)}`).join('; ')) };
  },
});

/** One request for all of them: an index for one query may serve, or harm, another. */
function suspected(
  view: RuleView,
  suspects: readonly Suspect[],
  queries: ReadonlyMap<string, QueryFact>,
  tables: ReadonlyMap<string, TableFact>,
  indexes: ReadonlyMap<string, IndexFact>,
): RuleResult {
  const confirm = adviceRequest(ID, {
    queries: [...queries].map(([query, { sql, params, calls }]) => ({
      query,
      sql,
      params: [...params],
      calls: calls ?? null,
    })),
  });
  const found: FindingDraft[] = [];
  const reasons: string[] = [];
  for (const suspect of suspects) {
    const own = [...indexes.values()].filter((index) => index.table === suspect.table);
    const keys = [...factsOf(view, 'sqlite.foreign-key').values()].filter((key) => key.child === suspect.table);
    const [candidate] = candidatesFor(suspect.uses, tables.get(suspect.table)!, own, keys);
    if (!candidate) {
      const why = 'it is read in full, but no plain condition on its columns was understood that an index could serve';
      reasons.push(`${suspect.table}: ${why}`);
      continue;
    }
    const taken = [...indexes.keys(), ...tables.keys()];
    const name = indexName({ table: suspect.table, columns: candidate.columns }, taken);
    found.push({
      ...describe(suspect),
      subject: suspect.table,
      summary: printable(
        `${suspect.table} (${suspect.rows} rows) is read in full by ${[...suspect.troubles.keys()].join(', ')}`,
      ),
      confidence: 'medium',
      changes: [changeOf(suspect.table, name, candidate)],
      confirm,
    });
  }
  return found.length > 0 ? { found } : { clear: printable(reasons.join('; ')) };
}

interface Known {
  readonly answer: AdviceFact;
  readonly suspects: readonly Suspect[];
  readonly tables: ReadonlyMap<string, TableFact>;
  readonly queries: ReadonlyMap<string, QueryFact>;
}

function confirmed(
  proposal: IndexProposal,
  improved: readonly QueryEffect[],
  { answer, suspects, tables, queries }: Known,
): FindingDraft {
  const best = improved[0]!;
  const names = improved.map(({ query }) => query);
  const suspect = suspects.find(({ table }) => table === proposal.table);
  const { measured, estimated } = proposal.bytes;
  const writes = proposal.writes.flatMap((write) => (write.measured ? [write] : []));
  return {
    subject: proposal.name,
    summary: printable(`an index on ${proposal.table} ${proposal.definition} makes ${best.query} ${effectText(best)}`),
    severity: 'warning',
    confidence: 'high',
    evidence: [
      { label: `rows of ${proposal.table}`, value: tables.get(proposal.table)?.rows ?? null },
      ...(suspect ? troublesOf(suspect, names) : []),
      ...improved.map((query) => ({
        label: `${query.query} on a copy (95 % interval, ${query.rounds} pairs)`,
        value: effectText(query),
      })),
      ...proposal.statements.flatMap(({ planner, text }) =>
        planner ? [{ label: `planner’s cost of ${printable(text).slice(0, 80)}`, value: costText(planner) }] : [],
      ),
      ...writes.map(({ text, measured: effect }) => ({
        label: `${printable(text).slice(0, 80)} on a copy`,
        value: effectText(effect!),
      })),
      { label: 'build time on the copy', value: proposal.buildSeconds, unit: 's' },
      { label: 'index size', value: measured ?? estimated, unit: 'By' },
    ],
    impact: {
      indicator: 'sqlite.query.duration.p50',
      labels: { query: best.query },
      expectedRatio: best.ratio,
      text: `${best.query} is ${effectText(best)} on a copy`,
    },
    changes: [
      {
        ...proposal.change,
        reason: `On a copy ${best.query} was ${effectText(best)} with it`,
        affects: names.map(durationOf),
        ...controlsFor(proposal, answer, queries),
        predictedRatio: best.ratio,
        ...(proposal.buildSeconds === null ? {} : { expectedWriteSeconds: proposal.buildSeconds }),
        predictions: predictionsOf(proposal, answer),
      },
    ],
  };
}

function durationOf(query: string): Selector & { indicator: string; labels: Record<string, string> } {
  return { indicator: 'sqlite.query.duration.p50', labels: { query } };
}

/** Queries that have nothing to do with the table: they show what the machine did meanwhile. */
function controlsFor(
  { statements, writes }: IndexProposal,
  answer: AdviceFact,
  queries: ReadonlyMap<string, QueryFact>,
): Pick<ChangeDraft, 'controls'> {
  const touched = new Set([...statements, ...writes].flatMap(({ statement }) => answer.queries[statement] ?? []));
  const controls = [...queries.keys()].filter((query) => !touched.has(query)).map(durationOf);
  return controls.length > 0 ? { controls } : {};
}

/** Of the queries that are timed in place. */
function predictionsOf({ statements }: IndexProposal, answer: AdviceFact): readonly PredictedEffect[] {
  return statements.flatMap(({ statement, text, planner, measured }) => {
    const names = answer.queries[statement] ?? [];
    if (names.length === 0) return [];
    return [
      {
        statement,
        text: text.slice(0, LONGEST_TEXT),
        planner: planner === null || planner.before <= 0 ? null : planner.after / planner.before,
        copy: measured && { ratio: measured.ratio, interval: measured.interval },
        measuredBy: names.map(durationOf),
      },
    ];
  });
}

/** Why nothing is proposed for a table that is read in full. */
function whyNone({ rejected, nothingToDo }: AdviceFact, table: string): string {
  const measured = rejected.filter((entry) => entry.table === table);
  const [first] = measured.filter(({ because }) => /copy/.test(because));
  return `on a copy nothing helped (${(first ?? measured[0])?.because ?? nothingToDo ?? 'no index was thought of'})`;
}

function costText({ before, after }: { readonly before: number; readonly after: number }): string {
  return `${Math.round(before)} → ${Math.round(after)}`;
}

function describe(suspect: Suspect): Pick<FindingDraft, 'severity' | 'evidence'> {
  return {
    severity: 'warning',
    evidence: [
      { label: `rows of ${suspect.table}`, value: suspect.rows },
      ...troublesOf(suspect, [...suspect.troubles.keys()]),
    ],
  };
}

function troublesOf(suspect: Suspect, only: readonly string[]): FindingDraft['evidence'] {
  return [...suspect.troubles]
    .filter(([query]) => only.includes(query))
    .map(([query, trouble]) => ({ label: query, value: trouble }));
}

function changeOf(table: string, name: string, { columns, queries }: Candidate) {
  return {
    tunable: 'sqlite/index',
    subject: name,
    to: { table, columns: columns.map((column) => ({ ...column })), unique: false, where: null },
    reason: `${queries.join(', ')} would find its rows through it instead of reading all of ${table}`,
    affects: queries.map((query) => ({ indicator: 'sqlite.query.duration.p50', labels: { query } })),
  };
}

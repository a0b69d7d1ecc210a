import { printable } from '../../../errors.ts';
import type { IndexProposal } from '../../../model/database.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { statementTitle } from '../../_sql/rules/statement-text.ts';
import { type AdviceFact, adviceAnswer, adviceRequest, type Improved, improvedBy } from '../advice-contract.ts';
import { candidatesFor } from '../candidates.ts';
import { factsOf, type QueryFact, type StatementFact, type TableFact } from '../facts.ts';
import { createIndexSql } from '../identifiers.ts';
import { indexName } from '../index-name.ts';
import { type Planned, type Suspect, suspectsIn } from '../suspects.ts';
import { effectText } from '../trial-choice.ts';
import { indexChange, suspectedChange, timerOf, titleOf } from './missing-index-change.ts';
import { minimumGain } from './thresholds.ts';

const ID = 'sqlite/missing-index';
/** Queries and statements that the summary of a suspicion names. */
const MOST_NAMED = 3;

export const missingIndex = defineRule({
  id: ID,
  meta: {
    title: 'A query or statement reads a large table in full',
    why: 'Without an index that fits its conditions SQLite reads every row of the table for each run, or builds an index for that run alone, or sorts everything to return the first few rows. The time grows with the table.',
    sources: [
      { title: 'SQLite: Query Planning', url: 'https://sqlite.org/queryplanner.html' },
      { title: 'SQLite: EXPLAIN QUERY PLAN', url: 'https://sqlite.org/eqp.html' },
      { title: 'SQLite: The Query Optimizer Overview', url: 'https://sqlite.org/optoverview.html' },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: {
      facts: ['sqlite.query', 'sqlite.statement', 'sqlite.index', 'sqlite.foreign-key', 'sqlite.index-advice'],
    },
    doesNotApplyWhen:
      'No configured query was run, and no log or file of SQL tells of statements; the table is small; the conditions are such that no index serves them (LIKE with a wildcard in front, most OR).',
    confirmedBy:
      'Asking the planner about sets of indexes for all configured queries and all statements of logs and files together on a clone of the schema, then building the best sets on a private copy of the database and timing queries and statements, writes too, with and without them, alternately. What is not faster with 95 % certainty, or makes another one slower, is not proposed.',
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
    const statements = factsOf(view, 'sqlite.statement');
    const planned = new Map<string, Planned>(queries);
    for (const [id, { text, plan }] of statements) if (plan) planned.set(id, { sql: text, ...plan });
    if (planned.size === 0) return { notApplicable: 'no configured query could be run, and no statement is known' };
    const tables = factsOf(view, 'sqlite.table');
    const suspects = suspectsIn(planned, tables, view.threshold('minimumRows'));
    if (suspects.length === 0) {
      const what = statements.size === 0 ? 'configured query' : 'statement of the workload';
      return { clear: `no ${what} reads a large table in full` };
    }
    const answer = adviceAnswer(view, ID);
    if (answer === null) return suspected(view, suspects, { queries, statements, tables });
    const gain = view.threshold('minimumGain');
    const found = answer.proposals.flatMap((proposal) => {
      if (proposal.action !== 'create') return [];
      const improved = improvedBy(proposal, answer, gain);
      return improved.length > 0 ? [confirmed(proposal, improved, { answer, suspects, tables, view })] : [];
    });
    if (found.length > 0) return { found };
    return { clear: printable(suspects.map(({ table }) => `${table}: ${whyNone(answer, table)}`).join('; ')) };
  },
});

interface Workload {
  readonly queries: ReadonlyMap<string, QueryFact>;
  readonly statements: ReadonlyMap<string, StatementFact>;
  readonly tables: ReadonlyMap<string, TableFact>;
}

/** One request for all of them: an index for one query may serve, or harm, another. */
function suspected(
  view: RuleView,
  suspects: readonly Suspect[],
  { queries, statements, tables }: Workload,
): RuleResult {
  const indexes = factsOf(view, 'sqlite.index');
  const confirm = adviceRequest(ID, {
    queries: [...queries].map(([query, { sql, params, calls }]) => ({
      query,
      sql,
      params: [...params],
      calls: calls ?? null,
    })),
    statements: statements.size > 0,
  });
  const found: FindingDraft[] = [];
  const reasons: string[] = [];
  for (const suspect of suspects) {
    const own = [...indexes.values()].filter((index) => index.table === suspect.table);
    const keys = [...factsOf(view, 'sqlite.foreign-key').values()].filter((key) => key.child === suspect.table);
    const [candidate] = candidatesFor(suspect.uses, tables.get(suspect.table)!, own, keys);
    // Of a text that was cut nobody can say here what its conditions are.
    const isCut = [...suspect.troubles.keys()].some((one) => statements.get(one)?.text.endsWith('…'));
    if (!candidate && !suspect.expressions && !isCut) {
      const why = 'it is read in full, but no condition on its columns was understood that an index could serve';
      reasons.push(`${suspect.table}: ${why}`);
      continue;
    }
    const name =
      candidate &&
      indexName({ table: suspect.table, columns: candidate.columns }, [...indexes.keys(), ...tables.keys()]);
    const change = candidate ? suspectedChange(suspect.table, name!, candidate, statements) : null;
    found.push({
      subject: suspect.table,
      summary: printable(`${suspect.table} (${suspect.rows} rows) is read in full by ${namesOf(suspect, statements)}`),
      severity: 'warning',
      confidence: 'medium',
      evidence: [
        { label: `rows of ${suspect.table}`, value: suspect.rows },
        ...troublesOf(suspect, [...suspect.troubles.keys()], (one) => titleIn(statements, one)),
      ],
      ...(change
        ? { changes: [change] }
        : candidate
          ? { advice: adviceFor(`${createIndexSql(name!, { table: suspect.table, columns: candidate.columns })};`) }
          : { advice: { text: 'What index would help is found on a private copy: pitwall db indexes.' } }),
      confirm,
    });
  }
  return found.length > 0 ? { found } : { clear: printable(reasons.join('; ')) };
}

interface Known {
  readonly answer: AdviceFact;
  readonly suspects: readonly Suspect[];
  readonly tables: ReadonlyMap<string, TableFact>;
  readonly view: RuleView;
}

function confirmed(
  proposal: IndexProposal,
  improved: readonly Improved[],
  { answer, suspects, tables, view }: Known,
): FindingDraft {
  const best = improved[0]!;
  const title = titleOf(best);
  const suspect = suspects.find(({ table }) => table === proposal.table);
  const { measured, estimated } = proposal.bytes;
  const written = new Set(proposal.writes.map(({ statement }) => statement));
  const names = improved.map(({ query, statement }) => query ?? statement);
  const timer = timerOf(best, answer);
  const change = indexChange(proposal, improved, answer, view);
  return {
    subject: proposal.name,
    summary: printable(`an index on ${proposal.table} ${proposal.definition} makes ${title} ${effectText(best)}`),
    severity: 'warning',
    confidence: 'high',
    evidence: [
      { label: `rows of ${proposal.table}`, value: tables.get(proposal.table)?.rows ?? null },
      ...(suspect ? troublesOf(suspect, names, (one) => titleIn(factsOf(view, 'sqlite.statement'), one)) : []),
      ...improved
        .filter(({ statement }) => !written.has(statement))
        .map((one) => ({
          label: printable(`${titleOf(one)} on a copy (95 % interval, ${one.rounds} pairs)`),
          value: effectText(one),
        })),
      ...proposal.statements.flatMap(({ planner, text }) =>
        planner ? [{ label: `planner’s cost of ${printable(text).slice(0, 80)}`, value: costText(planner) }] : [],
      ),
      ...proposal.writes.flatMap(({ text, measured: effect }) =>
        effect ? [{ label: `${printable(text).slice(0, 80)} on a copy`, value: effectText(effect) }] : [],
      ),
      { label: 'build time on the copy', value: proposal.buildSeconds, unit: 's' },
      { label: 'index size', value: measured ?? estimated, unit: 'By' },
    ],
    ...(timer
      ? {
          impact: {
            ...timer,
            expectedRatio: best.ratio,
            text: printable(`${title} is ${effectText(best)} on a copy`),
          },
        }
      : {}),
    ...(change ? { changes: [change] } : { advice: adviceFor(`${proposal.ddl};`) }),
  };
}

function adviceFor(code: string): NonNullable<FindingDraft['advice']> {
  return {
    text: 'What gains by it writes, or no real call of it is known: in place it cannot be repeated, and so is not proved there.',
    code,
  };
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

/** The query's name, or the statement's text in a few words. */
function titleIn(statements: ReadonlyMap<string, StatementFact>, one: string): string {
  const statement = statements.get(one);
  return statement ? statementTitle(statement.text) : one;
}

function namesOf({ troubles }: Suspect, statements: ReadonlyMap<string, StatementFact>): string {
  const names = [...troubles.keys()].map((one) => titleIn(statements, one));
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function troublesOf(
  suspect: Suspect,
  only: readonly string[],
  title: (one: string) => string,
): FindingDraft['evidence'] {
  return [...suspect.troubles]
    .filter(([one]) => only.includes(one))
    .map(([one, trouble]) => ({ label: title(one), value: trouble }));
}

import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { type Candidate, candidatesFor } from '../candidates.ts';
import { factsOf, type IndexFact, type QueryFact, type TableFact } from '../facts.ts';
import { indexName } from '../index-name.ts';
import { type Suspect, suspectsIn } from '../suspects.ts';
import { type Chosen, chooseVariants, effectText, whyNone } from '../trial-choice.ts';
import { type CopyTrial, type TrialInput, trialAnswer, trialRequest } from '../trial-contract.ts';
import { minimumGain } from './thresholds.ts';

const ID = 'sqlite/missing-index';

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
    uses: { facts: ['sqlite.index', 'sqlite.foreign-key', 'sqlite.copy-trial'] },
    doesNotApplyWhen:
      'No configured query was run; the table is small; the query’s conditions are functions, OR or LIKE, which an ordinary index does not serve.',
    confirmedBy:
      'Building each candidate on a private copy of the database and timing the queries with and without it, alternately. What is not faster with 95 % certainty, or makes another query slower, is not proposed.',
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
    const found: FindingDraft[] = [];
    const reasons: string[] = [];
    for (const suspect of suspects) {
      const result = judge(view, suspect, queries, tables.get(suspect.table)!, indexes);
      if (typeof result === 'string') reasons.push(`${suspect.table}: ${result}`);
      else found.push(...result);
    }
    return found.length > 0 ? { found } : { clear: printable(reasons.join('; ')) };
  },
});

function judge(
  view: RuleView,
  suspect: Suspect,
  queries: ReadonlyMap<string, QueryFact>,
  table: TableFact,
  indexes: ReadonlyMap<string, IndexFact>,
): string | readonly FindingDraft[] {
  const own = [...indexes.values()].filter((index) => index.table === suspect.table);
  const keys = [...factsOf(view, 'sqlite.foreign-key').values()].filter((key) => key.child === suspect.table);
  const candidates = candidatesFor(suspect.uses, table, own, keys).slice(0, 8);
  if (candidates.length === 0) {
    return 'it is read in full, but no plain condition on its columns was understood that an index could serve';
  }
  const taken = [...indexes.keys(), ...view.facts('sqlite.table').map((fact) => fact.key)];
  const named = new Map<string, Candidate>();
  for (const candidate of candidates) {
    named.set(indexName({ table: suspect.table, columns: candidate.columns }, [...taken, ...named.keys()]), candidate);
  }
  const key = `${ID}:${suspect.table}`;
  const answer = trialAnswer(view, key);
  if (answer === null) return [suspicion(suspect, named, key, inputOf(suspect, named, queries))];
  const chosen = withoutPrefixes(chooseVariants(answer, view.threshold('minimumGain')), named);
  return chosen.length > 0 ? chosen.map((choice) => confirmed(suspect, choice, named, answer)) : whyNone(answer);
}

/** Queries on the table that are not in trouble are tried too: they must not get slower. */
function inputOf(
  suspect: Suspect,
  named: ReadonlyMap<string, Candidate>,
  queries: ReadonlyMap<string, QueryFact>,
): TrialInput {
  return {
    variants: [...named].map(([name, { columns }]) => ({
      name,
      index: { table: suspect.table, columns: [...columns] },
    })),
    queries: [...queries]
      .filter(
        ([name, query]) => suspect.troubles.has(name) || query.sql.toLowerCase().includes(suspect.table.toLowerCase()),
      )
      .map(([query, { sql, params }]) => ({ query, sql, params: [...params] })),
  };
}

/** An index that begins with all columns of another serves what that one serves, if the trial says so too. */
function withoutPrefixes(chosen: readonly Chosen[], named: ReadonlyMap<string, Candidate>): readonly Chosen[] {
  const columnsOf = (choice: Chosen) => JSON.stringify(named.get(choice.variant.name)?.columns ?? []).slice(0, -1);
  return chosen.filter(
    (choice) =>
      !chosen.some(
        (other) =>
          other !== choice &&
          columnsOf(other).startsWith(`${columnsOf(choice)},`) &&
          choice.improved.every(({ query }) => other.improved.some((better) => better.query === query)),
      ),
  );
}

function suspicion(
  suspect: Suspect,
  named: ReadonlyMap<string, Candidate>,
  key: string,
  input: TrialInput,
): FindingDraft {
  const [name, candidate] = [...named][0]!;
  return {
    ...describe(suspect),
    subject: suspect.table,
    summary: printable(
      `${suspect.table} (${suspect.rows} rows) is read in full by ${[...suspect.troubles.keys()].join(', ')}`,
    ),
    confidence: 'medium',
    changes: [changeOf(suspect.table, name, candidate, candidate.queries)],
    confirm: trialRequest(key, input),
  };
}

function confirmed(
  suspect: Suspect,
  { variant, improved }: Chosen,
  named: ReadonlyMap<string, Candidate>,
  answer: CopyTrial,
): FindingDraft {
  const candidate = named.get(variant.name)!;
  const best = improved[0]!;
  const { evidence, severity } = describe(
    suspect,
    improved.map(({ query }) => query),
  );
  return {
    subject: variant.name,
    summary: printable(
      `an index on ${suspect.table} (${candidate.columns.map(({ name }) => name).join(', ')}) makes ${best.query} ${effectText(best)}`,
    ),
    severity,
    confidence: 'high',
    evidence: [
      ...evidence,
      ...improved.map((query) => ({
        label: `${query.query} on a copy (95 % interval, ${query.rounds} pairs)`,
        value: effectText(query),
      })),
      { label: 'build time on the copy', value: variant.buildSeconds, unit: 's' },
      ...(variant.indexBytes === null ? [] : [{ label: 'index size', value: variant.indexBytes, unit: 'By' }]),
      { label: 'candidates tried', value: answer.variants.map(({ name }) => name).join(', ') },
    ],
    impact: {
      indicator: 'sqlite.query.duration.p50',
      labels: { query: best.query },
      expectedRatio: best.ratio,
      text: `${best.query} is ${effectText(best)} on a copy`,
    },
    changes: [
      {
        ...changeOf(
          suspect.table,
          variant.name,
          candidate,
          improved.map(({ query }) => query),
        ),
        reason: `On a copy ${best.query} was ${effectText(best)} with it`,
        predictedRatio: best.ratio,
        expectedWriteSeconds: variant.buildSeconds,
      },
    ],
  };
}

/** `only`: the troubles of these queries, where an index was found for some of them. */
function describe(
  suspect: Suspect,
  only: readonly string[] = [...suspect.troubles.keys()],
): Pick<FindingDraft, 'severity' | 'evidence'> {
  return {
    severity: 'warning',
    evidence: [
      { label: `rows of ${suspect.table}`, value: suspect.rows },
      ...[...suspect.troubles]
        .filter(([query]) => only.includes(query))
        .map(([query, trouble]) => ({ label: query, value: trouble })),
    ],
  };
}

function changeOf(table: string, name: string, candidate: Candidate, queries: readonly string[]) {
  return {
    tunable: 'sqlite/index',
    subject: name,
    to: {
      table,
      columns: candidate.columns.map((column) => ({ ...column })),
      unique: false,
      where: null,
    },
    reason: `${queries.join(', ')} would find its rows through it instead of reading all of ${table}`,
    affects: queries.map((query) => ({ indicator: 'sqlite.query.duration.p50', labels: { query } })),
  };
}

import { printable } from '../../../errors.ts';
import type { ChangeDraft, PredictedEffect, Selector } from '../../../model/change.ts';
import type { IndexProposal } from '../../../model/database.ts';
import type { RuleView } from '../../../model/rule.ts';
import { statementTitle } from '../../_sql/rules/statement-text.ts';
import type { AdviceFact, Improved } from '../advice-contract.ts';
import type { Candidate } from '../candidates.ts';
import { factsOf, type StatementFact } from '../facts.ts';
import { effectText } from '../trial-choice.ts';

const QUERY = 'sqlite.query.duration.p50';
const TIMED = 'sqlite.statement.duration.p50';
const DURATION = 'sqlite.statement.duration';

/** Statements that are timed for one change, and those of other tables among them: each costs a part of each block. [judgement] */
const MOST_TIMED = 20;
const MOST_TIMED_CONTROLS = 4;
/** Fewer of them are not gone by (verify/control-group.ts), and would only be timed for nothing. */
const LEAST_TIMED_CONTROLS = 3;
/** Of a text, in plans and in the store. */
const LONGEST_TEXT = 300;

/** What times something in place, for the change and the meter. */
type Timer = Selector & { readonly labels: Readonly<Record<string, string>> };

type Proof = Pick<ChangeDraft, 'affects' | 'controls' | 'meter'>;

/** The query, or a statement of the workload, timed by Pitwall. */
export function timerOf(improved: Pick<Improved, 'query' | 'statement'>, answer: AdviceFact): Timer | null {
  if (improved.query !== null) return queryTimer(improved.query);
  return answer.timed?.includes(improved.statement) ? statementTimer(improved.statement) : null;
}

export function queryTimer(query: string): Timer {
  return { indicator: QUERY, labels: { query } };
}

export function statementTimer(statement: string): Timer {
  return { indicator: TIMED, labels: { statement } };
}

/**
 * The proposal as a change that is proved in place: what was faster on the copy has to become faster, by repeated real calls. Other
 * statements that would use the index are guards; queries and statements of other tables are controls. Null: nothing of it can
 * be timed in place.
 */
export function indexChange(
  proposal: IndexProposal,
  improved: readonly Improved[],
  answer: AdviceFact,
  view: RuleView,
): ChangeDraft | null {
  const helped = improved.flatMap((one) => {
    const timer = timerOf(one, answer);
    return timer ? [{ one, timer }] : [];
  });
  const [best] = helped;
  if (!best) return null;
  const guards = [...proposal.statements, ...proposal.writes].flatMap(({ statement }) => {
    const timer = timerOf({ query: null, statement }, answer);
    return timer && !answer.queries[statement] ? [timer] : [];
  });
  return {
    ...proposal.change,
    reason: printable(`On a copy ${titleOf(best.one)} was ${effectText(best.one)} with it`),
    ...proofOf(atMost(helped.map(({ timer }) => timer)), guards, controlsFor(proposal, answer, view)),
    predictedRatio: best.one.ratio,
    ...(proposal.buildSeconds === null ? {} : { expectedWriteSeconds: proposal.buildSeconds }),
    lock: proposal.lock,
    predictions: predictionsOf(proposal, answer),
  };
}

/** What is only suspected as a change; null: nothing of it can be timed in place. */
export function suspectedChange(
  table: string,
  name: string,
  { columns, queries }: Candidate,
  known: ReadonlyMap<string, StatementFact>,
): ChangeDraft | null {
  const affects = queries.flatMap((one) => {
    const statement = known.get(one);
    if (statement === undefined) return [queryTimer(one)];
    return isTimed(statement) ? [statementTimer(one)] : [];
  });
  if (affects.length === 0) return null;
  const titles = queries.map((one) => known.get(one)?.text ?? one).map(statementTitle);
  return {
    tunable: 'sqlite/index',
    subject: name,
    to: { table, columns: columns.map((column) => ({ ...column })), unique: false, where: null },
    reason: printable(`${titles.join(', ')} would find its rows through it instead of reading all of ${table}`),
    ...proofOf(atMost(affects), [], []),
  };
}

/** For people: the query's name, or the statement. Hostile. */
export function titleOf({ query, text }: Pick<Improved, 'query' | 'text'>): string {
  return query ?? statementTitle(text);
}

/** Configured queries are timed anyway. */
function atMost(timers: readonly Timer[]): readonly Timer[] {
  const statements = timers.filter(({ indicator }) => indicator === TIMED);
  const left = new Set(statements.slice(MOST_TIMED));
  return timers.filter((timer) => !left.has(timer));
}

/** Statements that are not configured are timed when a change asks for it. */
export function proofOf(affects: readonly Timer[], guards: readonly Timer[], controls: readonly Timer[]): Proof {
  const ids = [...affects, ...guards.slice(0, MOST_TIMED), ...controls].flatMap(
    ({ labels: { statement } }) => statement ?? [],
  );
  return {
    affects,
    ...(controls.length > 0 ? { controls } : {}),
    ...(ids.length > 0 ? { meter: [...new Set(ids)].map((statement) => ({ measure: DURATION, statement })) } : {}),
  };
}

/** Queries and statements that have nothing to do with the table: they show what the machine did meanwhile. */
function controlsFor({ table, statements, writes }: IndexProposal, answer: AdviceFact, view: RuleView): Timer[] {
  const touched = new Set([...statements, ...writes].flatMap(({ statement }) => answer.queries[statement] ?? []));
  const queries = [...factsOf(view, 'sqlite.query')]
    .filter(([query, { refused }]) => refused === null && !touched.has(printable(query)))
    .map(([query]) => queryTimer(query));
  const others = [...factsOf(view, 'sqlite.statement')]
    .filter(([id, statement]) => !answer.queries[id] && isTimed(statement) && isElsewhere(statement, table))
    .slice(0, answer.timed?.length ? MOST_TIMED_CONTROLS : 0)
    .map(([id]) => statementTimer(id));
  return others.length < LEAST_TIMED_CONTROLS ? queries : [...queries, ...others];
}

/** Whether Pitwall may time it: it reads, and real calls of it are known. */
export function isTimed({ kind, samples }: StatementFact): boolean {
  return kind === 'select' && samples > 0;
}

function isElsewhere({ tables, notUnderstood }: StatementFact, table: string): boolean {
  return notUnderstood === null && tables.length > 0 && !tables.includes(table);
}

/** Of what is timed in place. */
function predictionsOf({ statements }: IndexProposal, answer: AdviceFact): readonly PredictedEffect[] {
  return statements.flatMap(({ statement, text, planner, measured }) => {
    const names: readonly (string | null)[] = answer.queries[statement] ?? [null];
    const measuredBy = names.flatMap((query) => timerOf({ query, statement }, answer) ?? []);
    if (measuredBy.length === 0) return [];
    return [
      {
        statement,
        text: text.slice(0, LONGEST_TEXT),
        planner: planner === null || planner.before <= 0 ? null : planner.after / planner.before,
        copy: measured && { ratio: measured.ratio, interval: measured.interval },
        measuredBy,
      },
    ];
  });
}

import { PitwallError, printable } from '../../errors.ts';
import type { Explained, ExplainRequest, PlanStep } from '../../model/database.ts';
import type { TableUse } from '../_sql/roles.ts';
import { normaliseSqlite } from '../_sql/sqlite-fingerprint.ts';
import type { SqliteConnection } from './connection.ts';
import { type PlanNode, parsePlan, parseStep, stepsOf } from './eqp.ts';
import { beyondPlan } from './explain-beyond.ts';
import { quoteIdentifier } from './identifiers.ts';
import { hasStatistics } from './index-statistics.ts';
import type { QueryParameters } from './options.ts';
import type { PlanRow, TimedQuery } from './query-protocol.ts';
import { usesOf } from './uses.ts';
import { openWhatIf } from './what-if/clone.ts';
import { tableFinder } from './workload/configured.ts';

/**
 * The plan of one statement as a tree, run when asked to. Writes are explained and never run. Which index would help is for
 * `adviseIndexes` to say. Throws SQLITE_EXPLAIN for what the engine does not take.
 */
export async function explainStatement(
  connection: SqliteConnection,
  { text, params, run, values }: ExplainRequest,
  signal: AbortSignal,
): Promise<Explained> {
  return connection.runner().during(async () => {
    const { queryTimeout } = connection.options;
    const given = Object.keys(params).length > 0;
    const request = { databases: [connection.path], sql: text, params: given ? [params as QueryParameters] : [] };
    const most = run ? 2 : 0;
    const timed = await connection
      .runner()
      .time(
        { ...request, rounds: { least: Math.min(1, most), most }, budgetSeconds: queryTimeout },
        3 * queryTimeout,
        signal,
      );
    const answered = 'answer' in timed && timed.answer.refused === null ? timed.answer : null;
    const why = 'answer' in timed ? timed.answer.refused : timed.why;
    const find = tableFinder(connection);
    const { uses, writes } = usesOf(text, find);
    // The file itself is asked about reads alone, anything else is planned on a clone of its schema.
    const planned = answered ? { rows: answered.plans[0] ?? [] } : await planOnClone(connection, text, uses, signal);
    if ('why' in planned) throw new PitwallError('SQLITE_EXPLAIN', { reason: printable(why ?? planned.why) });
    const { rows } = planned;
    const plan = parsePlan(rows);
    const costs = new Map(rows.map((row) => [row.id, row.cost ?? 0]));
    const last = answered?.durations[0]?.at(-1);
    const guessed = neverAnalysed(connection, uses);
    const { beyond, gaps } = await beyondPlan(connection, writes, signal);
    return {
      text: values ? text : normaliseSqlite(text, (table) => find(table)?.columns ?? null),
      plan: rootOf(plan, rows, costs, answered, run),
      planSeconds: null,
      seconds: last === undefined ? null : last / 1e9,
      indexes: [...new Set([...stepsOf(plan)].flatMap((step) => ('index' in step && step.index ? [step.index] : [])))],
      notes: [
        given ? 'parameters as given' : 'without values for parameters',
        answered?.durations[0]?.length ? RUNS[answered.durations[0].length]! : `not run${run ? `: ${why ?? ''}` : ''}`,
        ...(guessed.length > 0 ? [`${guessed.join(', ')} never analysed: the planner guesses`] : []),
        ...(writes.length > 0 ? ['it writes, so it is never run here'] : []),
        ...gaps,
      ].map(printable),
      ...(beyond.length > 0 ? { beyond } : {}),
    };
  });
}

/** By how often it was run: one that takes long is not run again. */
const RUNS: Readonly<Record<number, string>> = {
  1: 'run once, read-only',
  2: 'run, read-only, the second time with a warm cache',
};

function rootOf(
  plan: readonly PlanNode[],
  rows: readonly PlanRow[],
  costs: ReadonlyMap<number, number>,
  answered: TimedQuery | null,
  run: boolean,
): PlanStep {
  const ids = new Map(rows.map((row) => [row.detail, row.id]));
  return {
    title: 'Statement',
    details: [],
    expectedRows: null,
    actualRows: run && answered ? answered.rows : null,
    loops: null,
    seconds: null,
    cost: null,
    marks: [],
    children: plan.map((node) => stepOf(node, (detail) => costs.get(ids.get(detail) ?? -1) ?? 0)),
  };
}

function stepOf(node: PlanNode, costOf: (detail: string) => number): PlanStep {
  const logEst = costOf(node.detail);
  return {
    title: node.detail,
    details: [],
    expectedRows: null,
    actualRows: null,
    loops: null,
    seconds: null,
    cost: logEst > 0 ? 2 ** (logEst / 10) : null,
    marks: marksOf(node),
    children: node.children.map((child) => stepOf(child, costOf)),
  };
}

/** What an index could spare, as sentences. */
function marksOf(node: PlanNode): readonly string[] {
  const step = parseStep(node.detail);
  if (step.kind === 'scan') {
    return [step.index === null ? 'Reads every row of the table.' : 'Reads the whole index.'];
  }
  if (step.kind === 'search' && step.automatic) return ['Builds an index for this run alone.'];
  if (step.kind === 'temp-b-tree') return [`Sorts in a temporary b-tree for ${step.purpose}.`];
  if (node.detail.startsWith('CORRELATED')) return ['Runs again for every row around it.'];
  return [];
}

/** As the clone of the schema has it: also of a write, and without values for parameters. */
async function planOnClone(
  connection: SqliteConnection,
  sql: string,
  uses: readonly TableUse[],
  signal: AbortSignal,
): Promise<{ readonly rows: readonly PlanRow[] } | { readonly why: string }> {
  const id = 'explained';
  const whatIf = await openWhatIf(connection, [{ id, sql, uses }], { seed: 1 }, signal);
  try {
    return await whatIf.plan([], id);
  } finally {
    await whatIf.close();
  }
}

/** Tables of the statement that have rows and no statistics. */
function neverAnalysed(connection: SqliteConnection, uses: readonly TableUse[]): readonly string[] {
  const reader = connection.reader();
  const analysed = new Set(
    hasStatistics(reader)
      ? reader
          .prepare('SELECT DISTINCT lower(tbl) AS name FROM sqlite_stat1')
          .all()
          .map(({ name }) => String(name))
      : [],
  );
  return [...new Set(uses.map(({ table }) => table))].filter(
    (table) =>
      !analysed.has(table.toLowerCase()) &&
      reader.prepare(`SELECT 1 FROM ${quoteIdentifier(table)} LIMIT 1`).get() !== undefined,
  );
}

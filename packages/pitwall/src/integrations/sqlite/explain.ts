import { PitwallError, printable } from '../../errors.ts';
import type { Explained, ExplainRequest, PlanStep } from '../../model/database.ts';
import { advise as choose } from '../_sql/advisor/choose.ts';
import { normaliseSqlite } from '../_sql/sqlite-fingerprint.ts';
import { DIALECT, MOST_KEYS } from './advise/dialect.ts';
import type { SqliteConnection } from './connection.ts';
import { definitionOf } from './definition.ts';
import { type PlanNode, parsePlan, parseStep, stepsOf } from './eqp.ts';
import { createIndexSql } from './identifiers.ts';
import { indexName } from './index-name.ts';
import type { PlanRow, TimedQuery } from './query-protocol.ts';
import { usesOf } from './uses.ts';
import { openWhatIf } from './what-if/clone.ts';
import { tableFinder } from './workload/configured.ts';

/** Seconds that looking for an index may take: somebody waits for the plan. */
const SEARCH_SECONDS = 5;

/**
 * The plan of one statement as a tree, run once when asked to, and the index that would help it by the planner. Writes are
 * explained and never run. Throws SQLITE_EXPLAIN for what the engine does not take.
 */
export async function explainStatement(
  connection: SqliteConnection,
  { text, params, run, values }: ExplainRequest,
  signal: AbortSignal,
): Promise<Explained> {
  return connection.runner().during(async () => {
    const { queryTimeout } = connection.options;
    const given = Object.keys(params).length > 0;
    const request = { databases: [connection.path], sql: text, params: given ? [params as never] : [] };
    const rounds = run ? 2 : 0;
    const timed = await connection
      .runner()
      .time(
        { ...request, rounds: { least: rounds, most: rounds }, budgetSeconds: queryTimeout },
        3 * queryTimeout,
        signal,
      );
    const answered = 'answer' in timed && timed.answer.refused === null ? timed.answer : null;
    const why = 'answer' in timed ? timed.answer.refused : timed.why;
    const clone = await planOnClone(connection, text, signal);
    const rows = answered?.plans[0] ?? clone.rows;
    if (rows === null)
      throw new PitwallError('SQLITE_EXPLAIN', { reason: printable(why ?? clone.why ?? 'it has no plan') });
    const plan = parsePlan(rows);
    const costs = new Map(rows.map((row) => [row.id, row.cost ?? 0]));
    return {
      text: values ? text : normaliseSqlite(text),
      plan: rootOf(plan, rows, costs, answered, run),
      planSeconds: null,
      // The first run warms the cache.
      seconds: run && answered ? (answered.durations[0]?.[1] ?? 0) / 1e9 : null,
      indexes: [...new Set([...stepsOf(plan)].flatMap((step) => ('index' in step && step.index ? [step.index] : [])))],
      notes: [
        given ? 'parameters as given' : 'without values for parameters',
        run && answered ? 'run, read-only, the second time with a warm cache' : `not run${run ? `: ${why ?? ''}` : ''}`,
        ...clone.notes,
      ].map(printable),
    };
  });
}

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

/** The plan as the clone of the schema has it (also of a write), and which index would help. */
async function planOnClone(
  connection: SqliteConnection,
  sql: string,
  signal: AbortSignal,
): Promise<{ rows: readonly PlanRow[] | null; why: string | null; notes: readonly string[] }> {
  const { uses, writes } = usesOf(sql, tableFinder(connection));
  const id = 'explained';
  const whatIf = await openWhatIf(connection, [{ id, sql, uses }], { seed: 1 }, signal);
  try {
    const plan = await whatIf.plan([], id);
    if ('why' in plan) return { rows: null, why: plan.why, notes: [] };
    const bytes = whatIf.tables.reduce((sum, table) => sum + table.bytes, 0);
    const choice = await choose(
      {
        dialect: DIALECT,
        tables: whatIf.tables,
        statements: [{ id, calls: 1, seconds: null, uses, writes: [] }],
        budget: bytes,
        maxIndexes: 2,
        maxKeys: MOST_KEYS,
        timeBudget: SEARCH_SECONDS,
        seed: 1,
      },
      whatIf,
    );
    const helping = choice.chosen.flatMap(({ spec, statements }) => {
      const { before = 0, after = 0 } = statements[0] ?? {};
      const definition = definitionOf(spec);
      const ddl = createIndexSql(indexName(definition, []), definition);
      return before > 0 ? [`${ddl} would make it cheaper by the planner: cost ${cost(before)} to ${cost(after)}`] : [];
    });
    const notes = [
      ...helping,
      ...(whatIf.neverAnalysed.length > 0
        ? [`${whatIf.neverAnalysed.join(', ')} never analysed: the planner guesses`]
        : []),
      ...(writes.length > 0 ? ['it writes, so it is never run here'] : []),
    ];
    return { rows: plan.rows, why: null, notes };
  } finally {
    await whatIf.close();
  }
}

function cost(value: number): string {
  return value < 100 ? value.toPrecision(2) : String(Math.round(value));
}

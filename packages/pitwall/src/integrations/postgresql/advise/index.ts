import { PitwallError } from '../../../errors.ts';
import type { AdviseRequest, IndexAdvice, Statement, Workload } from '../../../model/database.ts';
import type { Environment } from '../../../model/integration.ts';
import { advise as choose } from '../../_sql/advisor/choose.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Choice, WhatIf } from '../../_sql/advisor/problem.ts';
import { refine } from '../../_sql/advisor/refine.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { CopyBench } from '../copy/bench.ts';
import { BuiltIndexes } from '../copy/built-indexes.ts';
import { drawCalls } from '../copy/draw.ts';
import { type Copy, withCopy } from '../copy/open.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { type Grammar, loadGrammar } from '../parse/load.ts';
import { schemaOf } from '../parse/schema.ts';
import { canBeQuiet, quietly } from '../quiet.ts';
import { type Part, partsOfTable } from '../tunables/partitioned-index.ts';
import { BuiltWhatIf, plansOf } from '../what-if/built.ts';
import { HypopgWhatIf } from '../what-if/hypopg.ts';
import { Planner } from '../what-if/planner.ts';
import { knownCalls } from '../workload/known-calls.ts';
import { adviceOf, type MeasuredOnCopy, type Screened } from './advice.ts';
import { DIALECT, type Prepared, parserTables, prepare, tableParts } from './problem.ts';
import { hypopgIn, OFF, POOLED, UNATTENDED } from './where.ts';

/** Seconds for building and timing on a copy. */
const MEASURING = 240;
const ROUNDS = 10;

interface AdviseContext {
  readonly signal: AbortSignal;
  /** Absent: nobody attends. */
  readonly environment?: Pick<Environment, 'attended'>;
}

/**
 * The indexes that the workload should have: the planner is asked what each would do (HypoPG in the database, else on a copy),
 * and where there is a copy and `measure` is wanted they are built there and timed.
 * @throws PitwallError POSTGRESQL_NO_WHAT_IF where there is neither, POSTGRESQL_PARSER_MISSING, and as `connection.query` does
 */
export async function advise(
  connection: PostgresqlConnection,
  asked: AdviseRequest,
  { signal, environment }: AdviseContext,
): Promise<IndexAdvice> {
  const before = { ...connection.own };
  const request = await withKnownCalls(connection, asked);
  const grammar = await loadGrammar();
  const here = await connection.analyse(async (session): Promise<Screened | string> => {
    const way = hypopgIn(session, connection.trials.whatIf, environment?.attended === true);
    if ('not' in way) return way.not;
    return screen(session, await prepare(session, grammar, request, { ...DIALECT, include: way.include }), way.title);
  }, signal);
  const cost = () => ({
    statements: connection.own.statements - before.statements,
    seconds: connection.own.seconds - before.seconds,
  });

  if (typeof here === 'string') {
    if (connection.trials.whatIf === 'off') throw noWhatIf(connection, here);
    const made = await withCopy(connection, signal, async (copy) => {
      const prepared = await copy.connection.analyse((session) => prepare(session, grammar, request), signal);
      return onCopy(copy, prepared, null, request.measure, { workload: request.workload, grammar, signal });
    });
    if ('impossible' in made) throw noWhatIf(connection, `${here}, and ${made.impossible}`);
    return adviceOf(request.workload, made.result.screened, made.result.measured, null, cost());
  }
  if (!request.measure || here.choice.utilised.length === 0) {
    return adviceOf(request.workload, here, null, null, cost());
  }
  const made = await withCopy(connection, signal, (copy) =>
    onCopy(copy, here.prepared, here, true, { workload: request.workload, grammar, signal }),
  );
  if ('impossible' in made) return adviceOf(request.workload, here, null, made.impossible, cost());
  return adviceOf(request.workload, here, made.result.measured, null, cost());
}

/** Values of calls that were seen, instead of those that somebody typed. */
async function withKnownCalls(connection: PostgresqlConnection, request: AdviseRequest): Promise<AdviseRequest> {
  if (!request.typed) return request;
  const statements: Statement[] = [];
  for (const statement of request.workload.statements) {
    const samples = await knownCalls(connection, statement.text);
    statements.push(samples.length === 0 ? statement : { ...statement, samples });
  }
  const isKnown = statements.every((statement, at) => statement !== request.workload.statements[at]);
  return { ...request, workload: { ...request.workload, statements }, typed: !isKnown };
}

function noWhatIf({ name }: PostgresqlConnection, reason: string): PitwallError {
  const todo = reason.startsWith(POOLED)
    ? 'Connect to the database itself, past the pooler (its own host and port)'
    : reason.startsWith(OFF)
      ? 'Take `whatIf: off` out of the options of its target in pitwall.yaml'
      : reason.startsWith(UNATTENDED)
        ? 'Write `whatIf: allowed` into the options of its target in pitwall.yaml, run it in a terminal'
        : 'Install HypoPG in the database (CREATE EXTENSION hypopg)';
  return new PitwallError('POSTGRESQL_NO_WHAT_IF', { database: name, reason, todo });
}

async function screen(session: AnalysisSession, prepared: Prepared, title: string): Promise<Screened> {
  const planner = new Planner(session, prepared.planned);
  const tables = new Map(
    prepared.problem.statements.map(({ id, uses }) => [id, [...new Set(uses.map(({ table }) => table))]]),
  );
  const whatIf = new HypopgWhatIf(session, planner, prepared.sizes, {
    schema: prepared.schema,
    tablesOf: (id) => tables.get(id) ?? [],
  });
  try {
    const choice = await choose(prepared.problem, whatIf);
    for (const spec of choice.redundant.flatMap(({ servedBy }) => ('chosen' in servedBy ? [servedBy.chosen] : []))) {
      await prepared.sizes.learn(session, spec);
    }
    const taken = await takenNames((text) => session.query<{ name: string }>(text));
    const parts = await partsFor(prepared, choice, session.query);
    return { prepared, choice, title, failures: planner.failures, taken, parts };
  } finally {
    // A session that is lost has lost them, too.
    await whatIf.reset().catch(() => {});
  }
}

interface Asked {
  readonly workload: Workload;
  readonly grammar: Grammar;
  readonly signal: AbortSignal;
}

/** Screens on the copy too, where that was not done before. */
async function onCopy(
  copy: Copy,
  prepared: Prepared,
  already: Screened | null,
  measure: boolean,
  { workload, grammar, signal }: Asked,
): Promise<{ readonly screened: Screened; readonly measured: MeasuredOnCopy | null }> {
  const { client } = await copy.connection.openWriter();
  const indexes = new BuiltIndexes(client, signal, copy.share);
  try {
    const path = ['pg_catalog', ...prepared.schema.searchPath.filter((schema) => schema !== 'pg_catalog'), 'pg_temp'];
    await client.query(`SET search_path = ${path.map(quoteIdentifier).join(', ')}`);
    await client.query("SET lock_timeout = '10s'");
    if (await canBeQuiet((text) => client.query(text))) await client.query(`${OURS} ${quietly('session')}`);
    const planner = new Planner(plansOf(indexes), prepared.planned);
    const whatIf = new BuiltWhatIf(indexes, planner, prepared.sizes);
    const screened = already ?? (await screenBuilt(copy, prepared, whatIf, planner));
    const measured = measure ? await measureOn(indexes, screened, { whatIf, workload, grammar, signal }) : null;
    return { screened, measured };
  } finally {
    await indexes.drop().catch(() => {});
    await client.end().catch(() => {});
  }
}

async function screenBuilt(copy: Copy, prepared: Prepared, whatIf: WhatIf, planner: Planner): Promise<Screened> {
  const choice = await choose(prepared.problem, whatIf);
  const taken = await takenNames((text) => copy.connection.query<{ name: string }>(text));
  const parts = await partsFor(prepared, choice, copy.connection.query);
  return { prepared, choice, title: `indexes built on ${copy.title}`, failures: planner.failures, taken, parts };
}

/** Also of those that only measuring may choose. */
async function partsFor(
  { schema }: Prepared,
  { chosen, utilised }: Choice,
  ask: PostgresqlConnection['query'],
): Promise<Screened['parts']> {
  const parts = new Map<string, readonly Part[]>();
  for (const { spec } of [...chosen, ...utilised]) {
    if (parts.has(spec.table) || schema.sized.get(spec.table)?.kind !== 'partitioned') continue;
    parts.set(spec.table, await partsOfTable(ask, tableParts(spec.table)));
  }
  return parts;
}

async function measureOn(
  indexes: BuiltIndexes,
  { prepared, choice }: Screened,
  { whatIf, workload, grammar, signal }: Asked & { readonly whatIf: WhatIf },
): Promise<MeasuredOnCopy> {
  const { schema, planned, problem } = prepared;
  const rowsPerCall = new Map(
    workload.statements.flatMap(({ id, kind, rows, calls }) =>
      rows !== null && calls > 0 && kind === 'select' ? [[id, rows / calls] as const] : [],
    ),
  );
  const drawn = await drawCalls(indexes.client, {
    statements: planned,
    rowsPerCall,
    rowsOf: new Map(problem.tables.map(({ name, rows }) => [name, rows])),
    schema: schemaOf(parserTables(schema), schema.searchPath),
    grammar,
  });
  const run = planned.map((one) => ({ ...one, samples: [...one.samples, ...(drawn.get(one.id) ?? [])] }));
  const bench = new CopyBench(indexes, run, signal);
  const refined = await refine(prepared.problem, choice, bench, { seconds: MEASURING, rounds: ROUNDS, whatIf });
  const buildSeconds = new Map(indexes.all.map(({ spec, buildSeconds }) => [keyOf(spec), buildSeconds]));
  return { refined, buildSeconds, failures: bench.failures, drawn: new Set(drawn.keys()) };
}

/** Ours alone: no other is called so. */
async function takenNames(ask: (text: string) => Promise<readonly { name: string }[]>): Promise<ReadonlySet<string>> {
  const rows = await ask(`${OURS} relname AS name FROM pg_catalog.pg_class WHERE relname LIKE 'pitwall\\_%'`);
  return new Set(rows.map(({ name }) => name));
}

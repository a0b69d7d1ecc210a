import { defineConfirmation } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import { type Copies, copiesOf } from '../copy.ts';
import { parsePlan, planText } from '../eqp.ts';
import { createIndexSql, quoteIdentifier } from '../identifiers.ts';
import { pairedRatio } from '../paired.ts';
import {
  type CopyTrial,
  type QueryTrial,
  TRIAL_PROBE,
  type TrialQuery,
  trialFact,
  trialInput,
  type Variant,
  type VariantTrial,
} from '../trial-contract.ts';
import { callsOf, isTimed } from '../workload/calls.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Seconds for all variants of one request; the first one is always tried. */
const REQUEST_BUDGET = 6;
/** Seconds and pairs of runs for one query: 6 pairs are the fewest that can give a 95 % interval (2 ÷ 2⁶ = 3 %). */
const PAIR_BUDGET = 0.25;
const PAIRS = { least: 6, most: 20 };
/** Seconds that building an index or ANALYZE may take on the copy. */
const BUILD_LIMIT = 60;
/** Seconds after which no further statement of the workload is begun, and texts of each that are tried. */
const STATEMENTS_BUDGET = 30;
const TEXTS = 3;
/** INDEXED BY: without the index a statement cannot be prepared any more (https://sqlite.org/lang_indexedby.html). */
const NO_INDEX = /no such index/i;

/** Carries out variants on a copy of the database and times queries with and without each. */
export const trialOnCopy = defineConfirmation<SqliteConnection>({
  id: TRIAL_PROBE,
  title: 'Trial on a private copy of the database',
  cost: 'Copies the database once a run with the backup API (up to three times its size on the disk of `scratch`, deleted afterwards), builds or drops the index there, or runs ANALYZE, and times the queries and statements concerned with and without that. The live file is only read; outside WAL mode its writers wait for milliseconds at a time while it is copied.',
  timeLimit: 180,
  async confirm(connection, { key, input }, context) {
    const { variants, queries, statements } = trialInput.parse(input);
    const tried = [...queries.map((query) => ({ ...query, logged: false })), ...callsIn(connection, statements)];
    // What is only in memory may be of another run.
    if (tried.length === 0)
      return {
        gaps: [
          { what: `trial of ${key} on a copy`, why: 'no real calls of statements were read over this connection' },
        ],
      };
    return connection.runner().during(async () => {
      const made = await copiesOf(connection, context.signal);
      if ('impossible' in made) return { gaps: [{ what: `trial of ${key} on a copy`, why: made.impossible }] };
      return { facts: [trialFact(key, await tryAll(connection, made.copies, variants, tried, context.signal))] };
    });
  },
});

/** A query, or calls of a logged statement. */
type Tried = TrialQuery & { readonly logged: boolean };

function callsIn(connection: SqliteConnection, wanted: readonly string[]): readonly Tried[] {
  const known = new Map(keptWorkload(connection)?.statements.map((statement) => [statement.id, statement]));
  return wanted.flatMap((id) => {
    const statement = known.get(id);
    if (!statement || !isTimed(statement)) return [];
    return callsOf(statement)
      .slice(0, TEXTS)
      .map(({ sql, params }) => ({ query: id, sql, params: [...params] as Tried['params'], logged: true }));
  });
}

async function tryAll(
  connection: SqliteConnection,
  copies: Copies,
  variants: readonly Variant[],
  queries: readonly Tried[],
  signal: AbortSignal,
): Promise<CopyTrial> {
  const trials: VariantTrial[] = [];
  const until = performance.now() + REQUEST_BUDGET * 1000;
  for (const variant of variants) {
    const late = trials.length > 0 && performance.now() > until;
    trials.push(
      late
        ? failed(variant, 'there was no time left to try it')
        : await tryVariant(connection, copies, variant, queries, signal),
    );
  }
  return { variants: trials };
}

function failed(variant: Variant, why: string): VariantTrial {
  return { name: variant.name, failed: why, buildSeconds: 0, indexBytes: null, queries: [] };
}

/** Whatever happens in between, the copy counts as changed from here until the index is dropped again. */
async function tryVariant(
  connection: SqliteConnection,
  copies: Copies,
  variant: Variant,
  queries: readonly Tried[],
  signal: AbortSignal,
): Promise<VariantTrial> {
  const runner = connection.runner();
  if (copies.changed) {
    // Ends the query process, and with it its handles on the file that is replaced.
    await runner.close();
    copies.restore();
  }
  copies.changed = true;
  const build = await runner.changeCopy(copies.trial, statementsOf(variant), BUILD_LIMIT, signal);
  if ('failure' in build) return failed(variant, build.why);
  const result = await measure(connection, copies, variant, queries, signal);
  if ('index' in variant) {
    // Quicker than copying everything again, and leaves nothing but free pages.
    const drop = [`DROP INDEX ${quoteIdentifier(variant.name)}`];
    copies.changed = 'failure' in (await runner.changeCopy(copies.trial, drop, BUILD_LIMIT, signal));
  }
  return { ...result, buildSeconds: build.answer.seconds };
}

async function measure(
  connection: SqliteConnection,
  copies: Copies,
  variant: Variant,
  queries: readonly Tried[],
  signal: AbortSignal,
): Promise<VariantTrial> {
  const results: QueryTrial[] = [];
  const until = performance.now() + STATEMENTS_BUDGET * 1000;
  for (const query of queries) {
    if (query.logged && performance.now() > until) continue;
    const result = await compare(connection, copies, query, signal);
    if (typeof result !== 'string') results.push(result);
    else if (!query.logged) return failed(variant, `${query.query}: ${result}`);
    // The engine’s words may have a value of the call in them. What else failed may have failed for the application, too.
    else if (NO_INDEX.test(result)) return failed(variant, `${query.query}: no such index`);
  }
  const indexBytes = 'index' in variant ? await bytesOf(connection, copies.trial, variant.name, signal) : null;
  return { name: variant.name, failed: null, buildSeconds: 0, indexBytes, queries: results };
}

function statementsOf(variant: Variant): readonly string[] {
  if ('index' in variant) return [createIndexSql(variant.name, variant.index)];
  if ('dropIndex' in variant) return [`DROP INDEX ${quoteIdentifier(variant.name)}`];
  return [`PRAGMA analysis_limit = ${variant.analyzeLimit}`, 'ANALYZE'];
}

/** What became of one query, or why it could not be tried. */
async function compare(
  connection: SqliteConnection,
  { base, trial }: Copies,
  { query, sql, params }: Tried,
  signal: AbortSignal,
): Promise<QueryTrial | string> {
  const limit = connection.options.queryTimeout;
  const run = (databases: readonly string[], least: number, most: number, budgetSeconds: number, timeLimit: number) =>
    connection.runner().time({ databases, sql, params, rounds: { least, most }, budgetSeconds }, timeLimit, signal);
  const explained = await run([base, trial], 0, 0, 0, limit);
  if ('failure' in explained) return explained.why;
  if (explained.answer.refused !== null) return explained.answer.refused;
  const [planBefore = '', planAfter = ''] = explained.answer.plans.map((plan) => planText(parsePlan(plan)));
  const common = { query, planBefore, planAfter, planChanged: planBefore !== planAfter };
  if (!common.planChanged) return { ...common, before: null, after: null, ratio: 1, interval: [1, 1], rounds: 0 };
  // One run each: both caches are warm afterwards, and we know what pairs will cost.
  const after = await run([trial], 1, 1, 0, limit);
  if ('failure' in after) return after.why;
  const before = await run([base], 1, 1, 0, limit);
  const fast = (after.answer.durations[0]?.[0] ?? 0) / 1e9;
  if ('failure' in before) {
    if (before.failure === 'error') return before.why;
    // Given up on: it takes at least the limit, so this is the most that the ratio can be.
    return { ...common, before: limit, after: fast, ratio: fast / limit, interval: [0, fast / limit], rounds: 1 };
  }
  const slow = (before.answer.durations[0]?.[0] ?? 0) / 1e9;
  const patience = 2 * PAIRS.least * (slow + fast) + PAIR_BUDGET + limit;
  const pairs = await run([base, trial], PAIRS.least, PAIRS.most, PAIR_BUDGET, patience);
  if ('failure' in pairs) return pairs.why;
  const [without = [], withIt = []] = pairs.answer.durations.map((runs) => runs.map((duration) => duration / 1e9));
  return { ...common, ...pairedRatio(without, withIt), rounds: without.length };
}

async function bytesOf(
  connection: SqliteConnection,
  database: string,
  index: string,
  signal: AbortSignal,
): Promise<number | null> {
  const sql = 'SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = TRUE';
  const result = await connection.runner().rows({ database, sql, params: [index], limit: 1 }, 10, signal);
  return 'answer' in result && result.answer.rows[0] ? Number(result.answer.rows[0].pgsize) : null;
}

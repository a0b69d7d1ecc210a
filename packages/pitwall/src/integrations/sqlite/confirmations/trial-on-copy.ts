import { PitwallError } from '../../../errors.ts';
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
  type TrialInput,
  trialFact,
  trialInput,
  type Variant,
  type VariantTrial,
} from '../trial-contract.ts';

/** Seconds for all variants of one request; the first one is always tried. */
const REQUEST_BUDGET = 6;
/** Seconds and pairs of runs for one query: 6 pairs are the fewest that can give a 95 % interval (2 ÷ 2⁶ = 3 %). */
const PAIR_BUDGET = 0.4;
const PAIRS = { least: 6, most: 40 };
/** Seconds that building an index or ANALYZE may take on the copy. */
const BUILD_LIMIT = 60;

/** Carries out variants on a copy of the database and times queries with and without each. */
export const trialOnCopy = defineConfirmation<SqliteConnection>({
  id: TRIAL_PROBE,
  title: 'Trial on a private copy of the database',
  cost: 'Copies the database once a run with the backup API (twice its size on the disk of `scratch`, deleted afterwards), builds the index there and times the queries concerned with and without it. The live file is only read.',
  timeLimit: 180,
  async confirm(connection, { key, input }, context) {
    const { variants, queries } = trialInput.parse(input);
    const made = await copiesOf(connection, context.signal);
    if ('impossible' in made) {
      return { gaps: [{ what: `trial of ${key} on a copy`, why: made.impossible }] };
    }
    const trial: VariantTrial[] = [];
    const until = performance.now() + REQUEST_BUDGET * 1000;
    for (const variant of variants) {
      if (trial.length > 0 && performance.now() > until) {
        trial.push(failed(variant, 'there was no time left to try it'));
        continue;
      }
      trial.push(await tryVariant(connection, made.copies, variant, queries, context.signal));
    }
    return { facts: [trialFact(key, { variants: trial } satisfies CopyTrial)] };
  },
});

function failed(variant: Variant, why: string): VariantTrial {
  return { name: variant.name, failed: why, buildSeconds: 0, indexBytes: null, queries: [] };
}

async function tryVariant(
  connection: SqliteConnection,
  copies: Copies,
  variant: Variant,
  queries: TrialInput['queries'],
  signal: AbortSignal,
): Promise<VariantTrial> {
  const runner = connection.runner();
  const build = await runner.changeCopy(copies.trial, statementsOf(variant), BUILD_LIMIT, signal);
  try {
    if ('failure' in build) return failed(variant, build.why);
    const results: QueryTrial[] = [];
    for (const query of queries) {
      const result = await compare(connection, copies, query, signal);
      if (typeof result === 'string') return failed(variant, `${query.query}: ${result}`);
      results.push(result);
    }
    return {
      name: variant.name,
      failed: null,
      buildSeconds: build.answer.seconds,
      indexBytes: 'index' in variant ? await bytesOf(connection, copies.trial, variant.name, signal) : null,
      queries: results,
    };
  } finally {
    await takeBack(connection, copies, variant, 'failure' in build, signal);
  }
}

function statementsOf(variant: Variant): readonly string[] {
  if ('index' in variant) return [createIndexSql(variant.name, variant.index)];
  return [`PRAGMA analysis_limit = ${variant.analyzeLimit}`, 'ANALYZE'];
}

/** Dropping an index is quicker than copying everything again, and leaves nothing but free pages. */
async function takeBack(
  connection: SqliteConnection,
  copies: Copies,
  variant: Variant,
  spoiled: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  if ('index' in variant && !spoiled) {
    const dropped = await connection
      .runner()
      .changeCopy(copies.trial, [`DROP INDEX ${quoteIdentifier(variant.name)}`], BUILD_LIMIT, signal);
    if ('answer' in dropped) return;
  }
  // Ends the query process and with it its handles on the file that is replaced.
  await connection.runner().close();
  copies.reset();
}

async function compare(
  connection: SqliteConnection,
  { base, trial }: Copies,
  query: TrialInput['queries'][number],
  signal: AbortSignal,
): Promise<QueryTrial | string> {
  const limit = connection.options.queryTimeout;
  const databases = [base, trial];
  const ask = { databases, sql: query.sql, params: query.params };
  // One run each: the plans, and both caches warm. Twice the limit, because two copies are asked.
  const first = await connection
    .runner()
    .time({ ...ask, rounds: { least: 1, most: 1 }, budgetSeconds: 0 }, 2 * limit, signal);
  if ('failure' in first) return first.why;
  if (first.answer.refused !== null)
    throw new PitwallError('SQLITE_FAILED', { path: base, reason: first.answer.refused });
  const [planBefore, planAfter] = first.answer.plans.map((plan) => planText(parsePlan(plan)));
  const plans = { planBefore: planBefore!, planAfter: planAfter! };
  const [slow, fast] = first.answer.durations.map((runs) => runs[0]! / 1e9);
  if (planBefore === planAfter) {
    const same = { before: slow!, after: slow!, ratio: 1, interval: [1, 1] as const, rounds: 0 };
    return { query: query.query, planChanged: false, ...same, ...plans };
  }
  const longest = PAIRS.least * (slow! + fast!) * 2 + PAIR_BUDGET + limit;
  const pairs = await connection.runner().time({ ...ask, rounds: PAIRS, budgetSeconds: PAIR_BUDGET }, longest, signal);
  if ('failure' in pairs) return pairs.why;
  const [before, after] = pairs.answer.durations.map((runs) => runs.map((duration) => duration / 1e9));
  return {
    query: query.query,
    planChanged: true,
    ...pairedRatio(before!, after!),
    rounds: before!.length,
    ...plans,
  };
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

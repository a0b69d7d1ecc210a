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
const PAIR_BUDGET = 0.25;
const PAIRS = { least: 6, most: 20 };
/** Seconds that building an index or ANALYZE may take on the copy. */
const BUILD_LIMIT = 60;

/** Carries out variants on a copy of the database and times queries with and without each. */
export const trialOnCopy = defineConfirmation<SqliteConnection>({
  id: TRIAL_PROBE,
  title: 'Trial on a private copy of the database',
  cost: 'Copies the database once a run with the backup API (up to three times its size on the disk of `scratch`, deleted afterwards), builds the index there and times the queries concerned with and without it. The live file is only read; outside WAL mode its writers wait for milliseconds at a time while it is copied.',
  timeLimit: 180,
  async confirm(connection, { key, input }, context) {
    const { variants, queries } = trialInput.parse(input);
    return connection.runner().during(async () => {
      const made = await copiesOf(connection, context.signal);
      if ('impossible' in made) return { gaps: [{ what: `trial of ${key} on a copy`, why: made.impossible }] };
      return { facts: [trialFact(key, await tryAll(connection, made.copies, { variants, queries }, context.signal))] };
    });
  },
});

async function tryAll(
  connection: SqliteConnection,
  copies: Copies,
  { variants, queries }: TrialInput,
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
  queries: TrialInput['queries'],
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
  queries: TrialInput['queries'],
  signal: AbortSignal,
): Promise<VariantTrial> {
  const results: QueryTrial[] = [];
  for (const query of queries) {
    const result = await compare(connection, copies, query, signal);
    if (typeof result === 'string') return failed(variant, `${query.query}: ${result}`);
    results.push(result);
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
  { query, sql, params }: TrialInput['queries'][number],
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

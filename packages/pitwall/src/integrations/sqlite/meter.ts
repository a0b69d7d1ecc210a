import { z } from 'zod';
import type { Meter } from '../../model/integration.ts';
import type { Sample } from '../../model/observation.ts';
import type { SqliteConnection } from './connection.ts';
import { sampledStatements } from './meter/samples.ts';
import { parameterSets } from './options.ts';
import { durationSample, durationsOf, type Query, timeQuery, timingSample } from './query-timing.ts';
import { measureIndexBytes, sizeSample } from './size.ts';

/** What a change asks to be measured besides the configured queries. From a plan file that anyone may have edited. */
const extraItem = z.union([
  z.strictObject({ query: z.string().min(1).max(300), sql: z.string().min(1), params: parameterSets }),
  /** Times of this statement of the workload, with values that it was called with: those of logs and files. */
  z.strictObject({ measure: z.literal('sqlite.statement.duration'), statement: z.string().min(1).max(300) }),
  z.strictObject({ measure: z.literal('sqlite.index.size') }),
]);

/** Runs that a block should have, so that its median is not one run's luck. */
const LEAST_RUNS = 3;
/** Seconds: so quick a query always runs `LEAST_RUNS` times, whatever those before it took. */
const LEAST_BUDGET = 0.05;
const MOST_RUNS = 50;

/**
 * The size of the database, and times of the configured queries, the extra ones, and those statements of the workload that a
 * change names, read-only, each with its part of the budget; the size of all indexes only when it is asked for, because it reads
 * every page. What is refused has no sample. The first run on the freshly opened file never counts; a slow query has at least
 * one more.
 */
export const meter: Meter<SqliteConnection> = async (connection, { extra, budgetSeconds }, context) => {
  const queries = new Map<string, Query>(Object.entries(connection.options.queries));
  const wanted = new Set<string>();
  let indexSize = false;
  for (const item of extra.map((value) => extraItem.parse(value))) {
    if ('query' in item) queries.set(item.query, { sql: item.sql, params: item.params });
    else if ('statement' in item) wanted.add(item.statement);
    else indexSize = true;
  }
  const statements = await sampledStatements(connection, wanted, context);
  const samples: Sample[] = [sizeSample(connection, context.environment.now())];
  await connection.runner().during(async () => {
    const until = performance.now() + budgetSeconds * 1000;
    let waiting = queries.size + statements.length;
    // What quick ones leave of their part is for those after them.
    const part = () => Math.max(LEAST_BUDGET, (until - performance.now()) / 1000 / waiting--);
    const time = (query: Query, seconds: number, least: number) => {
      const effort = {
        runs: { least, most: MOST_RUNS },
        budgetSeconds: seconds,
        // Otherwise a query that becomes quick would be compared warm with what it was cold, and win by that alone.
        firstCounts: false,
        timeoutSeconds: connection.options.queryTimeout,
      };
      return timeQuery(connection, query, effort, context.signal);
    };
    for (const [query, definition] of queries) {
      const sample = timingSample(query, context.environment.now(), await time(definition, part(), LEAST_RUNS));
      if (sample) samples.push(sample);
    }
    for (const { statement, texts } of statements) {
      const seconds = part() / texts.length;
      const runs: (readonly number[])[] = [];
      for (const text of texts) {
        // Each set of values once at least: they may have rows of very different numbers.
        const durations = durationsOf(await time(text, seconds, Math.max(LEAST_RUNS, text.params.length)));
        if (durations) runs.push(durations);
      }
      // All texts count alike, whichever is the quickest; one that was refused leaves nothing to compare.
      const each = Math.min(...runs.map(({ length }) => length));
      if (runs.length < texts.length || each === 0) continue;
      const durations = runs.flatMap((list) => list.slice(0, each));
      samples.push(durationSample('sqlite.statement.duration', { statement }, context.environment.now(), durations));
    }
    if (indexSize) {
      const value = await measureIndexBytes(connection, context.signal);
      if (value !== null) samples.push({ name: 'sqlite.index.size', labels: {}, at: context.environment.now(), value });
    }
  });
  return samples;
};

import { z } from 'zod';
import type { Meter } from '../../model/integration.ts';
import type { Sample } from '../../model/observation.ts';
import type { SqliteConnection } from './connection.ts';
import { parameterSets } from './options.ts';
import { type Query, timeQuery, timingSample } from './query-timing.ts';
import { measureIndexBytes, sizeSample } from './size.ts';

/** A query that a change asks to be timed besides the configured ones. From a plan file that anyone may have edited. */
const extraItem = z.union([
  z.strictObject({ query: z.string().min(1).max(300), sql: z.string().min(1), params: parameterSets }),
  z.strictObject({ measure: z.literal('sqlite.index.size') }),
]);

/** Runs that a block should have, so that its median is not one run's luck. */
const LEAST_RUNS = 3;
/** Seconds: so quick a query always runs `LEAST_RUNS` times, whatever those before it took. */
const LEAST_BUDGET = 0.05;
const MOST_RUNS = 50;

/**
 * The size of the database, and times of the configured queries and the extra ones, read-only, each with its part of the
 * budget; the size of all indexes only when it is asked for, because it reads every page. A query that is refused
 * has no sample. The first run of a query on the freshly opened file never counts; a slow query has at least one more.
 */
export const meter: Meter<SqliteConnection> = async (connection, { extra, budgetSeconds }, context) => {
  const queries = new Map<string, Query>(Object.entries(connection.options.queries));
  let indexSize = false;
  for (const item of extra.map((value) => extraItem.parse(value))) {
    if ('measure' in item) indexSize = true;
    else queries.set(item.query, { sql: item.sql, params: item.params });
  }
  const samples: Sample[] = [sizeSample(connection, context.environment.now())];
  await connection.runner().during(async () => {
    const until = performance.now() + budgetSeconds * 1000;
    for (const [i, [query, definition]] of [...queries].entries()) {
      // What quick queries leave of their part is for those after them.
      const left = Math.max(0, until - performance.now()) / 1000;
      const effort = {
        runs: { least: LEAST_RUNS, most: MOST_RUNS },
        budgetSeconds: Math.max(LEAST_BUDGET, left / (queries.size - i)),
        // Otherwise a query that becomes quick would be compared warm with what it was cold, and win by that alone.
        firstCounts: false,
        timeoutSeconds: connection.options.queryTimeout,
      };
      const result = await timeQuery(connection, definition, effort, context.signal);
      const sample = timingSample(query, context.environment.now(), result);
      if (sample) samples.push(sample);
    }
    if (indexSize) {
      const value = await measureIndexBytes(connection, context.signal);
      if (value !== null) samples.push({ name: 'sqlite.index.size', labels: {}, at: context.environment.now(), value });
    }
  });
  return samples;
};

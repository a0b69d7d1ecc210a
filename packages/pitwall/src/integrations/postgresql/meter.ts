import { z } from 'zod';
import type { Meter } from '../../model/integration.ts';
import type { PostgresqlConnection } from './connection.ts';
import { partsOf } from './identifiers.ts';
import { indexSizes, MEASURES, type Measure, measure } from './meter/catalogue.ts';
import { statementMeans } from './meter/means.ts';
import { sampledRuns } from './meter/samples.ts';
import { runsOf, type StatementRuns, statementTimes, timedStatement } from './meter/timing.ts';

/** What a change asks to be measured besides. From a plan file that anyone may have edited. */
const extraItem = z.union([
  timedStatement,
  /** The mean of this statement of the workload, however rarely it is called. */
  z.strictObject({ measure: z.literal('postgresql.statement.mean'), statement: z.string().min(1).max(300) }),
  /** Times of this statement of the workload, with values that it was called with: those of logs and files. */
  z.strictObject({ measure: z.literal('postgresql.statement.duration'), statement: z.string().min(1).max(300) }),
  /** Of one index, `schema.name`. */
  z.strictObject({
    measure: z.literal('postgresql.index.size'),
    index: z
      .string()
      .max(300)
      .refine((name) => partsOf(name)?.length === 2, 'expected schema.name'),
  }),
  z.strictObject({ measure: z.enum(MEASURES) }),
]);

/**
 * What a change does to statements. The means of all that the application calls, writes too, by differences of
 * pg_stat_statements since `beginMeans` (or over half of the budget, where nobody called it); and, for the other half, times
 * of those statements that a change names, run in a read-only session.
 */
export const meter: Meter<PostgresqlConnection> = async (connection, { extra, budgetSeconds }, context) => {
  const timed: StatementRuns[] = [];
  const sampled = new Set<string>();
  const means = new Set<string>();
  const measures = new Set<Measure>();
  const indexes = new Set<string>();
  for (const item of extra.map((value) => extraItem.parse(value))) {
    if ('text' in item) timed.push(runsOf(item));
    else if ('index' in item) indexes.add(item.index);
    else if (item.measure === 'postgresql.statement.mean') means.add(item.statement);
    else if (item.measure === 'postgresql.statement.duration') sampled.add(item.statement);
    else measures.add(item.measure);
  }
  timed.push(...(await sampledRuns(connection, sampled, context)));
  const samples = await statementMeans(connection, means, budgetSeconds / 2, context);
  samples.push(...(await statementTimes(connection, timed, budgetSeconds / 2, context)));
  samples.push(...(await measure(connection, measures, context.environment.now())));
  samples.push(...(await indexSizes(connection, indexes, context.environment.now())));
  return samples;
};

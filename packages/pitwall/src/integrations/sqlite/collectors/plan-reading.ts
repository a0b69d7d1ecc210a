import type { Statement } from '../../../model/database.ts';
import type { SqliteConnection } from '../connection.ts';
import { type PlanNode, parsePlan, stepsOf } from '../eqp.ts';
import type { PlanReading } from '../facts.ts';
import type { QueryParameters } from '../options.ts';

/** Statements that are planned at once, and the seconds for it: one that hangs the planner costs those beside it their plans. */
const BATCH = 25;
const BATCH_SECONDS = 3;
/** Batches that may hang: after so many nothing is planned any more. */
const MOST_HUNG = 3;

export function readPlan(plan: readonly PlanNode[]): PlanReading {
  const steps = [...stepsOf(plan)];
  return {
    scans: steps.flatMap((step) => (step.kind === 'scan' ? [{ table: step.table, index: step.index }] : [])),
    automaticIndexes: steps.flatMap((step) => (step.kind === 'search' && step.automatic ? [step.table] : [])),
    tempBtrees: steps.flatMap((step) => (step.kind === 'temp-b-tree' ? [step.purpose] : [])),
  };
}

/**
 * How SQLite would run statements now, by id; none of those that it does not take. Planned with the values of a real call where
 * there is one. Nothing is run, and writes are planned too.
 */
export async function plansOf(
  connection: SqliteConnection,
  statements: readonly Statement[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PlanReading>> {
  const plans = new Map<string, PlanReading>();
  const known = statements.filter(({ notUnderstood, tables }) => notUnderstood === null && tables.length > 0);
  let hung = 0;
  await connection.runner().during(async () => {
    for (let from = 0; from < known.length && hung < MOST_HUNG; from += BATCH) {
      const batch = known.slice(from, from + BATCH);
      const asked = batch.map(({ text, samples: [call] }) => ({
        sql: call?.text ?? text,
        params: (call?.params ?? []) as QueryParameters,
      }));
      const told = await connection
        .runner()
        .plans({ database: connection.path, statements: asked }, BATCH_SECONDS, signal);
      if ('failure' in told) hung++;
      else {
        for (const [i, rows] of told.answer.plans.entries())
          if (rows) plans.set(batch[i]!.id, readPlan(parsePlan(rows)));
      }
    }
  });
  return plans;
}

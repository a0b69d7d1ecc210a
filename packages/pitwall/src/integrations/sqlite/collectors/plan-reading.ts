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
/** Calls of a statement that are planned: constants, and patterns of LIKE, may decide which index serves it. */
const CALLS = 3;

export function readPlan(plan: readonly PlanNode[]): PlanReading {
  const steps = [...stepsOf(plan)];
  return {
    scans: steps.flatMap((step) => (step.kind === 'scan' ? [{ table: step.table, index: step.index }] : [])),
    automaticIndexes: steps.flatMap((step) => (step.kind === 'search' && step.automatic ? [step.table] : [])),
    tempBtrees: steps.flatMap((step) => (step.kind === 'temp-b-tree' ? [step.purpose] : [])),
    indexes: [...new Set(steps.flatMap((step) => ('index' in step && step.index !== null ? [step.index] : [])))],
  };
}

/**
 * How SQLite would run statements now, by id; none of those that it does not take. Planned with the values of a real call where
 * there is one; `indexes` are those of any of the calls that were planned. Nothing is run, and writes are planned too.
 */
export async function plansOf(
  connection: SqliteConnection,
  statements: readonly Statement[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PlanReading>> {
  const plans = new Map<string, PlanReading>();
  const asked = statements.flatMap(({ id, text, samples }) => {
    const calls = samples.length > 0 ? samples.slice(0, CALLS) : [{ text, params: [] }];
    return calls.map((call) => ({ id, sql: call.text, params: call.params as QueryParameters }));
  });
  let hung = 0;
  await connection.runner().during(async () => {
    for (let from = 0; from < asked.length && hung < MOST_HUNG; from += BATCH) {
      const batch = asked.slice(from, from + BATCH);
      const told = await connection
        .runner()
        .plans(
          { database: connection.path, statements: batch.map(({ sql, params }) => ({ sql, params })) },
          BATCH_SECONDS,
          signal,
        );
      if ('failure' in told) {
        hung++;
        continue;
      }
      for (const [i, rows] of told.answer.plans.entries()) {
        const { id } = batch[i]!;
        if (rows) plans.set(id, together(plans.get(id), readPlan(parsePlan(rows))));
      }
    }
  });
  return plans;
}

/** The first call's plan, with the indexes of all. */
function together(known: PlanReading | undefined, next: PlanReading): PlanReading {
  return known ? { ...known, indexes: [...new Set([...(known.indexes ?? []), ...(next.indexes ?? [])])] } : next;
}

import { printable } from '../../../errors.ts';
import type { Workload } from '../../../model/database.ts';
import { defineConfirmation } from '../../../model/define.ts';
import { ADVICE_PROBE, type AdviceInput, adviceFact, adviceInput } from '../advice-contract.ts';
import { adviseIndexes } from '../advise/advise.ts';
import type { SqliteConnection } from '../connection.ts';
import { copiesOf } from '../copy.ts';
import { minimumGain } from '../rules/thresholds.ts';
import { isTimed } from '../workload/calls.ts';
import { configuredSource, queriesSource, queryOf, workloadOf } from '../workload/configured.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Seconds for measuring sets of indexes; with the copy and the search it stays below the time limit. */
const MEASURE_SECONDS = 60;
/** The same question gives the same sample and the same search. */
const SEED = 1;
/** Of what is not proposed, so many reasons are kept. */
const MOST_REJECTED = 200;

/**
 * The best set of indexes for all queries together, or for the workload that was read last over the connection; chosen on a
 * clone of the schema and measured on a copy.
 */
export const indexAdvice = defineConfirmation<SqliteConnection>({
  id: ADVICE_PROBE,
  title: 'Indexes for all queries and statements together, tried on a private copy',
  cost: 'Reads at most 10,000 rows a table for statistics. Copies the database once a run with the backup API (up to five times its size on the disk of `scratch`, deleted afterwards), builds the most promising sets of indexes there and times queries and statements with and without them, for five minutes at most. The live file is only read; outside WAL mode its writers wait for milliseconds at a time while it is copied.',
  timeLimit: 600,
  async confirm(connection, { key, input }, { signal }) {
    const asked = adviceInput.parse(input);
    const gap = (why: string) => ({ gaps: [{ what: `trial of ${key} on a copy`, why }] });
    const workload = askedAbout(connection, asked);
    if (workload === null) return gap('no workload was read over this connection');
    return connection.runner().during(async () => {
      const made = await copiesOf(connection, signal);
      if ('impossible' in made) return gap(made.impossible);
      const advice = await adviseIndexes(
        connection,
        { workload, budget: null, measure: true, seed: SEED },
        { minimumGain: minimumGain.value, measureSeconds: MEASURE_SECONDS },
        signal,
      );
      const { proposals, rejected, nothingToDo, whatIf } = advice;
      const helped = new Set(proposals.flatMap(({ statements }) => statements.map(({ statement }) => statement)));
      const value = {
        proposals,
        rejected: rejected.slice(0, MOST_REJECTED),
        nothingToDo,
        whatIf,
        queries: namesOf(connection, asked),
        timed: asked.statements
          ? workload.statements
              .filter((statement) => helped.has(statement.id) && isTimed(statement))
              .map(({ id }) => id)
          : [],
      };
      return { facts: [adviceFact(key, value)] };
    });
  },
});

/** Null: statements are asked about, and none were read. */
function askedAbout(connection: SqliteConnection, asked: AdviceInput): Workload | null {
  return asked.statements ? keptWorkload(connection) : workloadOf(connection, sourceOf(asked), SEED);
}

function sourceOf({ queries }: AdviceInput) {
  return queriesSource(
    Object.fromEntries(
      queries.map(({ query, sql, params, calls }) => [query, { sql, params, ...(calls === null ? {} : { calls }) }]),
    ),
  );
}

/** Configured queries by the statement that they are, which the workload may know from a log, and then by other callers. */
function namesOf(connection: SqliteConnection, asked: AdviceInput): Readonly<Record<string, readonly string[]>> {
  const source = asked.statements ? configuredSource(connection) : sourceOf(asked);
  return Object.fromEntries(
    workloadOf(connection, source, SEED).statements.map(({ id, callers }) => [
      id,
      callers.map(({ endpoint }) => printable(queryOf(endpoint))),
    ]),
  );
}

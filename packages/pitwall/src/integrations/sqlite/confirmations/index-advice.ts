import { printable } from '../../../errors.ts';
import { defineConfirmation } from '../../../model/define.ts';
import { ADVICE_PROBE, adviceFact, adviceInput } from '../advice-contract.ts';
import { adviseIndexes } from '../advise/advise.ts';
import type { SqliteConnection } from '../connection.ts';
import { copiesOf } from '../copy.ts';
import { minimumGain } from '../rules/thresholds.ts';
import { queriesSource, queryOf, workloadOf } from '../workload/configured.ts';

/** Seconds for measuring sets of indexes; with the copy and the search it stays below the time limit. */
const MEASURE_SECONDS = 60;
/** The same question gives the same sample and the same search. */
const SEED = 1;

/** The best set of indexes for all queries together, chosen on a clone of the schema and measured on a copy. */
export const indexAdvice = defineConfirmation<SqliteConnection>({
  id: ADVICE_PROBE,
  title: 'Indexes for all queries together, tried on a private copy',
  cost: 'Reads at most 10,000 rows a table for statistics. Copies the database once a run with the backup API (twice its size on the disk of `scratch`, deleted afterwards), builds the most promising sets of indexes there and times the queries with and without them, for a minute at most. The live file is only read; outside WAL mode its writers wait for milliseconds at a time while it is copied.',
  timeLimit: 240,
  async confirm(connection, { key, input }, { signal }) {
    const { queries } = adviceInput.parse(input);
    return connection.runner().during(async () => {
      const made = await copiesOf(connection, signal);
      if ('impossible' in made) return { gaps: [{ what: `trial of ${key} on a copy`, why: made.impossible }] };
      const named = Object.fromEntries(
        queries.map(({ query, sql, params, calls }) => [query, { sql, params, ...(calls === null ? {} : { calls }) }]),
      );
      const workload = workloadOf(connection, queriesSource(named), SEED);
      const options = { minimumGain: minimumGain.value, measureSeconds: MEASURE_SECONDS };
      const advice = await adviseIndexes(
        connection,
        { workload, budget: null, measure: true, seed: SEED },
        options,
        signal,
      );
      const { proposals, rejected, nothingToDo, whatIf } = advice;
      const names = Object.fromEntries(
        workload.statements.map(({ id, callers }) => [id, callers.map(({ endpoint }) => printable(queryOf(endpoint)))]),
      );
      return { facts: [adviceFact(key, { proposals, rejected, nothingToDo, whatIf, queries: names })] };
    });
  },
});

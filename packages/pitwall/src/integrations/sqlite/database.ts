import type { Database } from '../../model/integration.ts';
import { adviseIndexes } from './advise/advise.ts';
import type { SqliteConnection } from './connection.ts';
import { explainStatement } from './explain.ts';
import { minimumGain } from './rules/thresholds.ts';
import { configuredSource, workloadOf } from './workload/configured.ts';

/** For the choice of samples: the same statements give the same workload. */
const SEED = 1;

/** What `pitwall db` asks of SQLite. */
export const database: Database<SqliteConnection> = {
  async workload(connection) {
    return workloadOf(connection, configuredSource(connection), SEED);
  },
  explain: (connection, request, { signal }) => explainStatement(connection, request, signal),
  advise: (connection, request, { signal }) =>
    adviseIndexes(connection, request, { minimumGain: minimumGain.value }, signal),
};

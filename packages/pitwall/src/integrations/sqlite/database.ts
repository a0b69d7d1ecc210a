import type { Database } from '../../model/integration.ts';
import { adviseIndexes } from './advise/advise.ts';
import type { SqliteConnection } from './connection.ts';
import { explainStatement } from './explain.ts';
import { minimumGain } from './rules/thresholds.ts';
import { stateOf } from './state.ts';
import { rememberSettings } from './what-if/copy-settings.ts';
import { gatherWorkload } from './workload/index.ts';
import { leaveOutOwnLoad, watchOwnLoad } from './workload/own-load.ts';

/** What `pitwall db` asks of SQLite. */
export const database: Database<SqliteConnection> = {
  async workload(connection, request, context) {
    const { workload, connections } = await gatherWorkload(connection, request, context);
    rememberSettings(connection, connections);
    return workload;
  },
  state: stateOf,
  watchOwnLoad,
  leaveOutOwnLoad,
  explain: (connection, request, { signal }) => explainStatement(connection, request, signal),
  advise: (connection, request, { signal }) =>
    adviseIndexes(connection, request, { minimumGain: minimumGain.value }, signal),
};

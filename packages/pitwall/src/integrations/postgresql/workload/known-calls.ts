import type { StatementSample } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { gatherWorkload } from './index.ts';
import { keptWorkload } from './kept.ts';
import { statementReader } from './reader.ts';

/**
 * Reads the calls that logs and files hold, where no workload was read over this connection: real values tell more about a
 * statement than those that somebody types. @throws as `gatherWorkload` does
 */
export async function readCalls(connection: PostgresqlConnection, context: CollectContext): Promise<void> {
  const { logs, files } = connection.sources;
  if (keptWorkload(connection) !== null || logs.length + files.length === 0) return;
  await gatherWorkload(connection, { previous: null, watch: 0 }, context);
}

/** Of the calls of a statement that were seen, the slowest first: it is the one that asks for an explanation. */
export async function knownCalls(connection: PostgresqlConnection, text: string): Promise<readonly StatementSample[]> {
  const kept = keptWorkload(connection);
  if (!kept) return [];
  const { id } = (await statementReader())(text);
  const statement = kept.workload.statements.find((one) => one.id === id);
  return [...(statement?.samples ?? [])].sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
}

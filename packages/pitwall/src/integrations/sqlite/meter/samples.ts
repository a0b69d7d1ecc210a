import type { CollectContext } from '../../../model/integration.ts';
import type { SqliteConnection } from '../connection.ts';
import type { Query } from '../query-timing.ts';
import { callsOf, isTimed } from '../workload/calls.ts';
import { gatherWorkload } from '../workload/index.ts';
import { keptWorkload } from '../workload/kept.ts';

/** A statement of the workload, with real calls of it. */
interface SampledStatement {
  readonly statement: string;
  /** One a text: calls that hold constants in the text have several. */
  readonly texts: readonly Query[];
}

/** Real calls of statements, from logs and files. They are read once a connection, so that all blocks run the same. */
export async function sampledStatements(
  connection: SqliteConnection,
  wanted: ReadonlySet<string>,
  context: CollectContext,
): Promise<readonly SampledStatement[]> {
  if (wanted.size === 0) return [];
  const workload =
    keptWorkload(connection) ?? (await gatherWorkload(connection, { previous: null, watch: 0 }, context)).workload;
  return workload.statements
    .filter((statement) => wanted.has(statement.id) && isTimed(statement))
    .map((statement) => ({ statement: statement.id, texts: callsOf(statement) }));
}

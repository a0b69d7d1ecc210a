import type { CollectContext } from '../../../model/integration.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { gatherWorkload } from '../workload/index.ts';
import { keptWorkload } from '../workload/kept.ts';
import type { StatementRuns } from './timing.ts';

/** Where values come from that are the same in each run of Pitwall: the sessions' are those of a moment. */
const LASTING = /^(file|log):/;

/** Whether real calls of a statement will be found again by a later run: what is timed before has to be timed after. */
export function isSampled({ samples, sources }: { readonly samples: number; readonly sources: readonly string[] }) {
  return samples > 0 && sources.some((source) => LASTING.test(source));
}

/** Real calls of statements, from logs and files. They are read once a connection, so that all blocks run the same. */
export async function sampledRuns(
  connection: PostgresqlConnection,
  wanted: ReadonlySet<string>,
  context: CollectContext,
): Promise<readonly StatementRuns[]> {
  if (wanted.size === 0) return [];
  const { workload } =
    keptWorkload(connection) ?? (await gatherWorkload(connection, { previous: null, watch: 0 }, context));
  return workload.statements
    .filter(({ id, kind }) => wanted.has(id) && kind === 'select')
    .map(({ id, samples }) => ({
      statement: id,
      // PostgreSQL knows values by position only.
      runs: samples.flatMap(({ text, params }) => (Array.isArray(params) ? [{ text, params }] : [])),
    }));
}

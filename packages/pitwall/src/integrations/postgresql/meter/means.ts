import type { CollectContext } from '../../../model/integration.ts';
import type { Sample } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { isUntranslatable } from '../failures.ts';
import { fingerprint } from '../parse/fingerprint.ts';
import { loadGrammar } from '../parse/load.ts';
import { findStatements, type StatementsExtension } from '../statements.ts';
import type { Snapshot } from '../workload/counters.ts';
import { differenceOf } from '../workload/difference.ts';
import { LONGEST_TEXT, readSnapshot } from '../workload/snapshot.ts';

/** A mean of fewer calls is one call's luck, and a statement that rare may be missing in the next block. [judgement] */
const LEAST_CALLS = 20;
/** So many, those with the most calls: each is one more thing to be compared. [judgement] */
const MOST_STATEMENTS = 200;
/** Statements whose time is their rows' time; what is set up, and what we ask ourselves, is not compared. */
const COMPARED = /^[\s(]*(select|insert|update|delete|merge|with|values)\b/i;
const OWN = '/* pitwall */';

interface Watch {
  readonly extension: StatementsExtension | null;
  begun: { readonly snapshot: Snapshot; readonly at: number } | null;
  /** By query id: the statement of the workload that it is, null for what is not compared. Its text is asked for once. */
  readonly known: Map<string, string | null>;
}

const watched = new WeakMap<PostgresqlConnection, Watch>();

async function watchOf(connection: PostgresqlConnection): Promise<Watch> {
  const found = watched.get(connection);
  if (found) return found;
  const extension = await findStatements(connection);
  const watch: Watch = { extension: typeof extension === 'object' ? extension : null, begun: null, known: new Map() };
  watched.set(connection, watch);
  return watch;
}

/** Reads the counters that the next `statementMeans` begins from. */
export async function beginMeans(connection: PostgresqlConnection, context: CollectContext): Promise<void> {
  const watch = await watchOf(connection);
  if (watch.extension === null) return;
  const { snapshot } = await readSnapshot(connection, watch.extension, false);
  watch.begun = { snapshot, at: context.environment.now() };
}

/**
 * Mean seconds a call of each statement since `beginMeans`, which is called here when nobody has and then waited for: so long
 * that the whole time is at least `seconds`. Nothing where pg_stat_statements is not there. Nothing is reset.
 * Labelled with the ids of the workload's statements; with query ids where libpg-query is not installed.
 * @param wanted such ids, which are told however few calls they had
 */
export async function statementMeans(
  connection: PostgresqlConnection,
  wanted: ReadonlySet<string>,
  seconds: number,
  context: CollectContext,
): Promise<Sample[]> {
  const watch = await watchOf(connection);
  if (watch.extension === null) return [];
  if (watch.begun === null) await beginMeans(connection, context);
  const { snapshot: before, at } = watch.begun!;
  const left = seconds - (context.environment.now() - at);
  if (left > 0) await context.environment.sleep(left, context.signal);
  const { snapshot: after } = await readSnapshot(connection, watch.extension, false);
  watch.begun = null;
  const difference = differenceOf(before, after);
  // The time since a reset is not that of the block.
  if (difference.since !== before.at) return [];
  const calls = [...difference.entries].map(([key, entry]) => ({ id: key.split('/')[0]!, ...entry }));
  await learn(
    connection,
    watch,
    calls.map(({ id }) => id),
  );
  const sums = new Map<string, { calls: number; seconds: number }>();
  for (const entry of calls) {
    const statement = watch.known.get(entry.id) ?? null;
    if (statement === null) continue;
    const sum = sums.get(statement) ?? { calls: 0, seconds: 0 };
    sums.set(statement, { calls: sum.calls + entry.calls, seconds: sum.seconds + entry.seconds });
  }
  return [...sums]
    .filter(([statement, sum]) => wanted.has(statement) || sum.calls >= LEAST_CALLS)
    .sort(([a, one], [b, other]) => Number(wanted.has(b)) - Number(wanted.has(a)) || other.calls - one.calls)
    .slice(0, MOST_STATEMENTS)
    .map(([statement, sum]) => ({
      name: 'postgresql.statement.mean',
      labels: { statement },
      at: context.environment.now(),
      value: sum.seconds / sum.calls,
    }));
}

/** The texts of statements that were not met before: which of the workload they are. */
async function learn(connection: PostgresqlConnection, watch: Watch, ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !watch.known.has(id));
  if (unknown.length === 0) return;
  const rows = await connection
    .query<{ id: string; text: string }>(
      `${OURS} s.queryid::text AS id, pg_catalog.left(s.query, ${LONGEST_TEXT}) AS text
         FROM ${watch.extension!.schema}.pg_stat_statements(true) s WHERE s.queryid = ANY ($1::bigint[])`,
      [unknown],
    )
    .catch((error: unknown) => {
      // Whose statements they are is not known then: they are not compared, until their texts can be read.
      if (isUntranslatable(error)) return [];
      throw error;
    });
  const grammar = await loadGrammar().catch(() => null);
  for (const { id, text } of rows) {
    // One id may have several texts: the application's, and, where it was planned for us (track = all), ours around it.
    if (watch.known.get(id)) continue;
    const isCompared = COMPARED.test(text) && !text.slice(0, 500).includes(OWN);
    watch.known.set(id, isCompared ? (grammar === null ? id : fingerprint(grammar, text).id) : null);
  }
}

import type { CollectContext } from '../../../model/integration.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';

/** What a session was seen doing at a moment. */
export interface Sighting {
  readonly pid: number;
  readonly text: string;
  /** `query_id` since PostgreSQL 14, where it is computed; null else. */
  readonly queryId: string | null;
  /** Epoch seconds when the statement began: tells calls apart. */
  readonly startedAt: number;
  /** `Lock: tuple`, or null: it is on a processor. */
  readonly wait: string | null;
  readonly application: string;
}

/** What sessions were seen doing over a time. */
export interface Activity {
  readonly sightings: readonly Sighting[];
  /** Times that were looked, and seconds from the first to the last of them. */
  readonly looks: number;
  readonly seconds: number;
  /** Looks at which somebody else's session was hidden from our role. */
  readonly hidden: number;
  /** Texts that are as long as the server keeps them: probably cut. */
  readonly cut: number;
}

/** Seconds between two looks: as pgsentinel and pg_wait_sampling have them (1 s and 10 ms), but over the wire. */
const INTERVAL = 0.1;
/** Most that is kept: 2,000 busy sessions for a minute are more than a server bears. */
const MOST = 50_000;

interface Row {
  readonly pid: number;
  readonly text: string | null;
  readonly queryId: string | null;
  readonly startedAt: number | null;
  readonly wait: string | null;
  readonly application: string;
  readonly longest: number;
  readonly bytes: number;
}

const question = (version: number): string => `${OURS} a.pid, a.query AS text,
       ${version >= 140_000 ? 'a.query_id::text' : 'NULL::text'} AS "queryId",
       extract(epoch FROM a.query_start)::float8 AS "startedAt",
       CASE WHEN a.wait_event IS NOT NULL THEN a.wait_event_type || ': ' || a.wait_event END AS wait,
       coalesce(a.application_name, '') AS application,
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('track_activity_query_size'))::int AS longest,
       coalesce(pg_catalog.octet_length(a.query), 0) AS bytes
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND coalesce(a.backend_type, 'client backend') = 'client backend'
   AND (a.state = 'active' OR a.query = '<insufficient privilege>')
   AND coalesce(a.application_name, '') <> 'pitwall'`;

/**
 * Looks at the sessions of this database every tenth of a second for `seconds`: the share of looks at which a statement is seen is
 * its share of the time, whatever else counts it.
 * @throws as `connection.query` does, and the signal's reason
 */
export async function watchActivity(
  connection: Pick<PostgresqlConnection, 'query'>,
  seconds: number,
  { environment, signal }: Pick<CollectContext, 'environment' | 'signal'>,
): Promise<Activity> {
  const [server] = await connection.query<{ version: number }>(
    `${OURS} pg_catalog.current_setting('server_version_num')::int AS version`,
  );
  const asked = question(server!.version);
  const sightings: Sighting[] = [];
  const [begin, planned] = [environment.now(), Math.max(1, Math.round(seconds / INTERVAL))];
  let [looks, hidden, cut] = [0, 0, 0];
  for (;;) {
    const rows = await connection.query<Row & Record<string, unknown>>(asked);
    looks++;
    if (rows.some(({ text }) => text === '<insufficient privilege>')) hidden++;
    for (const { text, startedAt, longest, bytes, ...row } of rows) {
      if (text === null || text === '' || text === '<insufficient privilege>' || startedAt === null) continue;
      // A text is cut at the end of a character: up to three bytes early.
      const isCut = bytes >= longest - 4;
      if (isCut) cut++;
      if (!isCut && sightings.length < MOST) sightings.push({ ...row, text, startedAt });
    }
    // Not faster than the database answers, and no look is made up for.
    const next = begin + (looks * seconds) / planned;
    if (looks > planned || next > begin + seconds + INTERVAL / 2) break;
    const pause = next - environment.now();
    if (environment.now() >= begin + seconds) break;
    if (pause > 0) await environment.sleep(pause, signal);
    signal.throwIfAborted();
  }
  return { sightings, looks, seconds: environment.now() - begin, hidden, cut };
}

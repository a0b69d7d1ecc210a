import type { StatementReader } from '../../_sql/workload/events.ts';
import { Gathering } from '../../_sql/workload/gather.ts';
import type { Told } from '../../_sql/workload/told.ts';
import type { Activity, Sighting } from './activity.ts';
import type { SeenActivity } from './kept.ts';
import { hasPlaceholders, isOurs } from './ours.ts';

const ID = 'activity';

interface Seen {
  looks: number;
  readonly waits: Map<string, number>;
}

/**
 * What the sessions were seen doing, as statements: their calls count only where nothing else counts (`isCounted` false), for a
 * look every tenth of a second misses most of the short ones.
 */
export function activitySource(
  { sightings, looks, seconds, hidden, cut }: Activity,
  read: StatementReader,
  seed: number,
  isCounted: boolean,
): { readonly told: Told; readonly activity: ReadonlyMap<string, SeenActivity> } {
  const gathering = new Gathering(ID, read, seed);
  const each = looks === 0 ? 0 : seconds / looks;
  const byStatement = new Map<string, Seen>();
  let seenCalls = 0;
  for (const call of callsIn(sightings)) {
    const [{ text, pid }] = call as [Sighting, ...Sighting[]];
    if (isOurs(text)) continue;
    seenCalls++;
    const { id } = gathering.add({
      text,
      params: [],
      seconds: isCounted ? null : call.length * each,
      rows: null,
      at: null,
      endpoint: null,
      request: null,
      session: String(pid),
      calls: isCounted ? 0 : 1,
      noSample: hasPlaceholders(text),
    });
    const seen = byStatement.get(id) ?? { looks: 0, waits: new Map<string, number>() };
    byStatement.set(id, seen);
    for (const { wait } of call) {
      seen.looks++;
      if (wait !== null) seen.waits.set(wait, (seen.waits.get(wait) ?? 0) + 1);
    }
  }
  const { statements, calls, missing } = gathering.result();
  return {
    told: {
      source: {
        id: ID,
        title: 'sessions (pg_stat_activity)',
        calls: isCounted ? seenCalls : calls,
        seconds,
        since: null,
        missing: [
          ...missing,
          ...(hidden === 0
            ? []
            : ['Sessions of other roles are hidden from ours: GRANT pg_read_all_stats (or pg_monitor) TO it.']),
          ...(cut === 0
            ? []
            : [`${cut} texts were cut by the server, and are left out: track_activity_query_size is too small.`]),
        ],
      },
      statements,
      loops: [],
    },
    activity: new Map([...byStatement].map(([id, seen]) => [id, seenActivity(seen, looks)])),
  };
}

function seenActivity({ looks: seen, waits }: Seen, looks: number): SeenActivity {
  return {
    sessions: seen / Math.max(1, looks),
    looks: seen,
    waits: [...waits].map(([event, times]) => ({ event, share: times / seen })).sort((a, b) => b.share - a.share),
  };
}

/** Sightings of one call: of the same process, begun at the same time. */
function callsIn(sightings: readonly Sighting[]): Iterable<readonly Sighting[]> {
  const calls = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const key = `${sighting.pid}/${sighting.startedAt}`;
    const call = calls.get(key);
    if (call) call.push(sighting);
    else calls.set(key, [sighting]);
  }
  return calls.values();
}

import { defineCollector } from '../../../model/define.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { Sample } from '../../../model/observation.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { WaitsFact } from '../facts/server.ts';
import { PoolWatch } from './pool-looks.ts';
import { CLIENTS, HIDDEN, hiddenGap } from './sessions.ts';

/** Seconds between two looks. */
const INTERVAL = 0.25;

interface Look {
  readonly sessions: number;
  readonly busy: number;
  readonly running: number;
  readonly held: number;
  readonly hidden: number;
  readonly waits: Readonly<Record<string, number>>;
}

const LOOK = `${OURS} count(*)::int AS sessions, count(*) FILTER (WHERE a.state = 'active')::int AS busy,
       count(*) FILTER (WHERE a.state = 'active' AND a.wait_event IS NULL)::int AS running,
       count(*) FILTER (WHERE a.state LIKE 'idle in transaction%')::int AS held, count(*) FILTER (WHERE ${HIDDEN})::int AS hidden,
       coalesce((SELECT jsonb_object_agg(w.event, w.n) FROM (
          SELECT a.wait_event_type AS event, count(*)::int AS n FROM pg_catalog.pg_stat_activity a
           WHERE ${CLIENTS} AND a.state = 'active' AND a.wait_event_type IS NOT NULL GROUP BY 1) w), '{}') AS waits
  FROM pg_catalog.pg_stat_activity a WHERE ${CLIENTS}`;

/** What sessions wait for over the window, and who waits for a connection of PgBouncer meanwhile. */
export const waits = defineCollector<PostgresqlConnection>({
  id: 'waits',
  title: 'What sessions wait for, looked at four times a second; clients that wait in PgBouncer',
  kind: 'collector',
  timeLimit: 15,
  watchesLoad: true,
  async collect(connection, context) {
    const { environment } = context;
    const from = environment.now();
    const looks: Look[] = [];
    const pools = await PoolWatch.begin(connection);
    try {
      await everyInterval(context, async () => {
        const [look] = await connection.query<Look & Record<string, unknown>>(LOOK);
        looks.push(look!);
        await pools.look();
      });
      const answer = waitsFact(looks, environment.now() - from);
      return {
        facts: [fact('postgresql.waits', '', answer), ...(await pools.facts())],
        samples: samplesOf(answer, environment.now()),
        gaps: [...hiddenGap('postgresql.waits', answer.hidden), ...pools.gaps],
      };
    } finally {
      await pools.close();
    }
  },
});

/** Not faster than the answers come; at least once. */
async function everyInterval({ environment, signal, window }: CollectContext, look: () => Promise<void>) {
  const begin = environment.now();
  for (let count = 1; ; count++) {
    await look();
    const next = begin + count * INTERVAL;
    if (next > begin + window || environment.now() >= begin + window) return;
    const pause = next - environment.now();
    if (pause > 0) await environment.sleep(pause, signal);
    signal.throwIfAborted();
  }
}

function waitsFact(looks: readonly Look[], seconds: number): WaitsFact {
  const mean = (of: (look: Look) => number) => looks.reduce((sum, look) => sum + of(look), 0) / looks.length;
  const peak = (of: (look: Look) => number) => Math.max(...looks.map(of));
  const events = [...new Set(looks.flatMap((look) => Object.keys(look.waits)))];
  return {
    looks: looks.length,
    seconds,
    sessions: mean(({ sessions }) => sessions),
    peakSessions: peak(({ sessions }) => sessions),
    busy: mean(({ busy }) => busy),
    peakBusy: peak(({ busy }) => busy),
    running: mean(({ running }) => running),
    held: mean(({ held }) => held),
    peakHeld: peak(({ held }) => held),
    waits: events
      .map((event) => ({ event, sessions: mean((look) => look.waits[event] ?? 0) }))
      .sort((a, b) => b.sessions - a.sessions),
    hidden: peak(({ hidden }) => hidden),
  };
}

function samplesOf({ busy, held, waits: events, hidden }: WaitsFact, at: number): Sample[] {
  // A role that sees some sessions only would make the server look idle.
  if (hidden > 0) return [];
  const waiting = events.filter(({ event }) => event !== 'Client').reduce((sum, { sessions }) => sum + sessions, 0);
  return [
    { name: 'postgresql.sessions.busy', labels: {}, at, value: busy },
    { name: 'postgresql.sessions.held', labels: {}, at, value: held },
    { name: 'postgresql.sessions.waiting', labels: {}, at, value: waiting },
  ];
}

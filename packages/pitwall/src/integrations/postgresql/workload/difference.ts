import { counted, either } from '../../../model/plural.ts';
import { COUNTERS, type Entry, type EntryCounters, type Snapshot } from './counters.ts';

/** What entries counted in a time. */
export interface Difference {
  /** By the snapshot's keys; entries without a call in the time are left out. `maxSeconds` null: it was longer before. */
  readonly entries: ReadonlyMap<string, EntryCounters & { readonly maxSeconds: number | null }>;
  /** Seconds that they cover; null where the server does not say since when it counts. */
  readonly window: number | null;
  /** Epoch seconds at which the time begins; null as above. */
  readonly since: number | null;
  /** How often entries were evicted in it; null where that is not told. */
  readonly evictions: number | null;
  /** What is wrong with it, as sentences. */
  readonly missing: readonly string[];
}

/**
 * What was counted between two readings of one server, or since the counters began when `before` is null or of no use.
 * Nothing is reset for it. An entry that was evicted and came back, or was reset by itself, counts from where it began anew;
 * what it had counted in between is lost, and said to be.
 */
export function differenceOf(before: Snapshot | null, now: Snapshot): Difference {
  if (before === null) return sinceReset(now, []);
  if (before.origin !== now.origin || before.at > now.at) {
    return sinceReset(now, ['The earlier reading is of another database or server: counted is since the last reset.']);
  }
  if (now.resetAt !== before.resetAt) {
    return sinceReset(now, ['The counters were reset since the earlier reading: counted is since then.']);
  }
  const entries = new Map<string, EntryCounters & { maxSeconds: number | null }>();
  let restarted = 0;
  for (const [key, entry] of now.entries) {
    const earlier = before.entries.get(key);
    const isNew =
      !earlier || entry.calls < earlier.calls || entry.seconds < earlier.seconds || isYounger(entry, earlier);
    if (earlier && isNew) restarted++;
    const grown = isNew ? entry : grownBy(entry, earlier);
    if (grown.calls === 0) continue;
    const isLongest = isNew || entry.maxSeconds > earlier.maxSeconds;
    entries.set(key, { ...counters(grown), maxSeconds: isLongest ? entry.maxSeconds : null });
  }
  const gone = [...before.entries.keys()].filter((key) => !now.entries.has(key)).length;
  const evictions =
    now.evictions === null || before.evictions === null ? null : Math.max(0, now.evictions - before.evictions);
  return {
    entries,
    window: now.at - before.at,
    since: before.at,
    evictions,
    missing: [
      ...(restarted === 0
        ? []
        : [
            `${counted(restarted, 'entry', 'entries')} began anew in between: what ${either(restarted, 'it', 'they')} had counted before that is lost.`,
          ]),
      ...(gone === 0
        ? []
        : [
            `${counted(gone, 'entry', 'entries')} of the earlier reading ${either(gone, 'is', 'are')} gone: what ${either(gone, 'it', 'they')} counted since then is lost.`,
          ]),
      ...evicted(evictions),
    ],
  };
}

function sinceReset(now: Snapshot, notes: readonly string[]): Difference {
  const entries = [...now.entries].filter(([, { calls }]) => calls > 0);
  return {
    entries: new Map(entries.map(([key, entry]) => [key, { ...counters(entry), maxSeconds: entry.maxSeconds }])),
    window: now.resetAt === null ? null : Math.max(0, now.at - now.resetAt),
    since: now.resetAt,
    evictions: now.evictions,
    missing: [
      ...notes,
      ...(now.resetAt === null ? ['The extension is too old to say since when it counts (1.9 does).'] : []),
      ...evicted(now.evictions),
    ],
  };
}

/** An eviction drops the entries least used: at least ten, or 5 % of them (USAGE_DEALLOC_PERCENT in pg_stat_statements.c). */
function evicted(evictions: number | null): string[] {
  if (!evictions) return [];
  return [
    `Entries were evicted ${evictions === 1 ? 'once' : `${evictions} times`}, 5 % of them each time: pg_stat_statements.max is too small for this workload.`,
  ];
}

function isYounger(entry: Entry, earlier: Entry): boolean {
  return entry.since !== null && earlier.since !== null && entry.since > earlier.since;
}

function grownBy(entry: Entry, earlier: Entry): EntryCounters {
  return Object.fromEntries(
    COUNTERS.map((name) => [name, Math.max(0, entry[name] - earlier[name])]),
  ) as unknown as EntryCounters;
}

function counters(entry: EntryCounters): EntryCounters {
  return Object.fromEntries(COUNTERS.map((name) => [name, entry[name]])) as unknown as EntryCounters;
}

import type { Json } from '../../../model/json.ts';

/** What pg_stat_statements counts of an entry: only ever more, until it is reset or evicted. Seconds and bytes. */
export interface EntryCounters {
  readonly calls: number;
  readonly seconds: number;
  readonly plans: number;
  readonly planSeconds: number;
  readonly rows: number;
  readonly cacheHit: number;
  readonly read: number;
  readonly dirtied: number;
  readonly written: number;
  readonly tempRead: number;
  readonly tempWritten: number;
  readonly log: number;
  /** 0 where track_io_timing is off. */
  readonly ioSeconds: number;
}

/** One entry: a statement of a role. */
export interface Entry extends EntryCounters {
  /** Longest execution since the entry began (or since its maximum was reset). */
  readonly maxSeconds: number;
  /** Epoch seconds when the entry began; null before extension 1.11. */
  readonly since: number | null;
}

/** What is read of pg_stat_statements at a time. */
export interface Snapshot {
  /** Epoch seconds by the server's clock. */
  readonly at: number;
  /** Tells servers and databases apart: a snapshot of another one is no beginning. */
  readonly origin: string;
  /** Epoch seconds of the last reset of all; null where it is not told (extension 1.8). */
  readonly resetAt: number | null;
  /** How often entries were evicted since then; null where it is not told. */
  readonly evictions: number | null;
  /** By query id and role, of the database's own statements that a client sent. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export const COUNTERS = [
  'calls',
  'seconds',
  'plans',
  'planSeconds',
  'rows',
  'cacheHit',
  'read',
  'dirtied',
  'written',
  'tempRead',
  'tempWritten',
  'log',
  'ioSeconds',
] as const satisfies readonly (keyof EntryCounters)[];

const FORMAT = 1;
const WIDTH = COUNTERS.length + 2;

/** As JSON, for `previous` of the next workload. Numbers only: no text of a statement is in it. */
export function snapshotJson({ at, origin, resetAt, evictions, entries }: Snapshot): Json {
  return {
    format: FORMAT,
    at,
    origin,
    resetAt,
    evictions,
    entries: Object.fromEntries(
      [...entries].map(([key, entry]) => [
        key,
        [...COUNTERS.map((name) => entry[name]), entry.maxSeconds, entry.since],
      ]),
    ),
  };
}

/** The snapshot that `snapshotJson` wrote; null for anything else: it comes out of a file. */
export function snapshotFrom(json: Json): Snapshot | null {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return null;
  const { format, at, origin, resetAt, evictions, entries } = json as Readonly<Record<string, Json>>;
  if (format !== FORMAT || typeof at !== 'number' || typeof origin !== 'string') return null;
  if (!isNumberOrNull(resetAt) || !isNumberOrNull(evictions)) return null;
  if (entries === null || typeof entries !== 'object' || Array.isArray(entries)) return null;
  const read = new Map<string, Entry>();
  for (const [key, values] of Object.entries(entries as Readonly<Record<string, Json>>)) {
    if (!Array.isArray(values) || values.length !== WIDTH || !values.every(isNumberOrNull)) return null;
    const numbers = values as readonly (number | null)[];
    if (numbers.slice(0, -1).includes(null)) return null;
    read.set(key, {
      ...(Object.fromEntries(COUNTERS.map((name, at) => [name, numbers[at]!])) as unknown as EntryCounters),
      maxSeconds: numbers[WIDTH - 2]!,
      since: numbers[WIDTH - 1]!,
    });
  }
  return { at, origin, resetAt, evictions, entries: read };
}

function isNumberOrNull(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && Number.isFinite(value));
}

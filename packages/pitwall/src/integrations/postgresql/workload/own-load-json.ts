import type { Json } from '../../../model/json.ts';
import type { OwnWindow } from '../../_sql/workload/own-windows.ts';
import { COUNTERS, type EntryCounters, type Snapshot } from './counters.ts';

/** What an entry counted while a trial made its load. */
interface OwnEntry extends EntryCounters {
  /** Null: its longest call was before the load. */
  readonly maxSeconds: number | null;
  /** Calls that the entry had at the end: with fewer it has begun anew. */
  readonly end: number;
}

/** A load of a trial. Epoch seconds of the server; entries by the snapshot's keys, null: the counters could not be read. */
export interface OwnLoadWindow extends OwnWindow {
  /** That it lasted; of several, together. */
  readonly seconds: number;
  readonly entries: ReadonlyMap<string, OwnEntry> | null;
}

/** Loads of trials on one database, since its counters began. */
export interface KnownLoads {
  /** As in a snapshot; null: no counters were read. */
  readonly origin: string | null;
  readonly resetAt: number | null;
  /** In order of time. */
  readonly windows: readonly OwnLoadWindow[];
}

const FORMAT = 1;
const WIDTH = COUNTERS.length + 2;
/** Loads that are kept apart: a look since the last one is seldom older than these. Those before are one. */
const APART = 100;
/** Entries of all of them together: about 2 MB. [judgement] */
const MOST_ENTRIES = 20_000;
const NOTHING: KnownLoads = { origin: null, resetAt: null, windows: [] };

/** With one load more. Those of another count (of another server, or before a reset) are of no use, and forgotten. */
export function withWindow(known: KnownLoads, window: OwnLoadWindow, of: Snapshot | null): KnownLoads {
  const origin = of?.origin ?? known.origin;
  const resetAt = of === null ? known.resetAt : of.resetAt;
  const isOther = known.origin !== null && (known.origin !== origin || known.resetAt !== resetAt);
  const windows = [...(isOther ? [] : known.windows), window].sort((a, b) => a.from - b.from);
  while (windows.length > 1 && (windows.length > APART || entriesOf(windows) > MOST_ENTRIES)) {
    windows.splice(0, 2, together(windows[0]!, windows[1]!));
  }
  return { origin, resetAt, windows };
}

function entriesOf(windows: readonly OwnLoadWindow[]): number {
  return windows.reduce((sum, { entries }) => sum + (entries?.size ?? 0), 0);
}

function together(a: OwnLoadWindow, b: OwnLoadWindow): OwnLoadWindow {
  const all = { from: a.from, to: Math.max(a.to, b.to), seconds: a.seconds + b.seconds };
  if (a.entries === null || b.entries === null) return { ...all, entries: null };
  const entries = new Map(a.entries);
  for (const [key, entry] of b.entries) {
    const earlier = entries.get(key);
    // What it had counted before it began anew is gone.
    const isNew = !earlier || entry.end - entry.calls < earlier.end;
    entries.set(key, isNew ? entry : sumOf(earlier, entry));
  }
  return { ...all, entries };
}

function sumOf(a: OwnEntry, b: OwnEntry): OwnEntry {
  const sums = Object.fromEntries(COUNTERS.map((name) => [name, a[name] + b[name]])) as unknown as EntryCounters;
  const longest =
    a.maxSeconds === null && b.maxSeconds === null ? null : Math.max(a.maxSeconds ?? 0, b.maxSeconds ?? 0);
  return { ...sums, maxSeconds: longest, end: b.end };
}

/** As JSON, to be kept. Numbers only: no text of a statement is in it. */
export function knownJson({ origin, resetAt, windows }: KnownLoads): Json {
  return {
    format: FORMAT,
    origin,
    resetAt,
    windows: windows.map(({ from, to, seconds, entries }) => ({
      from,
      to,
      seconds,
      entries:
        entries === null
          ? null
          : Object.fromEntries(
              [...entries].map(([key, entry]) => [
                key,
                [...COUNTERS.map((name) => entry[name]), entry.maxSeconds, entry.end],
              ]),
            ),
    })),
  };
}

/** What `knownJson` wrote; nothing of anything else: it comes out of a file. */
export function knownLoads(json: Json): KnownLoads {
  if (!isObject(json) || json.format !== FORMAT || !Array.isArray(json.windows)) return NOTHING;
  const { origin = null, resetAt = null } = json;
  if ((origin !== null && typeof origin !== 'string') || (resetAt !== null && !isNumber(resetAt))) return NOTHING;
  const windows = (json.windows as readonly Json[]).map(windowFrom);
  return windows.includes(null) ? NOTHING : { origin, resetAt, windows: windows as readonly OwnLoadWindow[] };
}

function windowFrom(json: Json): OwnLoadWindow | null {
  if (!isObject(json)) return null;
  const { from, to, seconds, entries } = json;
  if (!isNumber(from) || !isNumber(to) || !isNumber(seconds)) return null;
  if (entries === null) return { from, to, seconds, entries };
  if (!isObject(entries)) return null;
  const read = new Map<string, OwnEntry>();
  for (const [key, values] of Object.entries(entries)) {
    if (!Array.isArray(values) || values.length !== WIDTH) return null;
    const numbers = values as readonly Json[];
    if (!numbers.every((value, at) => isNumber(value) || (at === COUNTERS.length && value === null))) return null;
    const counters = Object.fromEntries(COUNTERS.map((name, at) => [name, numbers[at]]));
    read.set(key, {
      ...(counters as unknown as EntryCounters),
      maxSeconds: numbers[COUNTERS.length] as number | null,
      end: numbers[COUNTERS.length + 1] as number,
    });
  }
  return { from, to, seconds, entries: read };
}

function isObject(json: Json | undefined): json is Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

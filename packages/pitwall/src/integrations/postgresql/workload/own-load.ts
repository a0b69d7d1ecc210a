import type { CollectContext } from '../../../model/integration.ts';
import type { Json } from '../../../model/json.ts';
import { counted, either } from '../../../model/plural.ts';
import type { OwnLoad, OwnWindow } from '../../_sql/workload/own-windows.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { findStatements } from '../statements.ts';
import { COUNTERS, type Entry, type EntryCounters, type Snapshot } from './counters.ts';
import { type Difference, differenceOf } from './difference.ts';
import { type KnownLoads, knownJson, knownLoads, type OwnLoadWindow, withWindow } from './own-load-json.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * Trials of `pitwall apply` put load on the service, and pg_stat_statements counts its statements like those of users. So the
 * counters are read before and after each load, and what they counted in between is taken off the next workloads: all of it, what
 * users asked meanwhile too, and the time with it.
 */

const left = new WeakMap<PostgresqlConnection, KnownLoads>();

/** From here on the loads that `watchOwnLoad` saw are left out of the workload of the connection. */
export function leaveOutOwnLoad(connection: PostgresqlConnection, known: Json): void {
  left.set(connection, knownLoads(known));
}

/** Times in which trials made their load, as far as they are known. */
export function ownWindows(connection: PostgresqlConnection): readonly OwnWindow[] {
  return left.get(connection)?.windows ?? [];
}

/**
 * Reads the counters before a load. What it gives reads them again after it, and adds the load to those that are known; it does
 * not throw: where they could not be read, it is known that a load was there.
 */
export async function watchOwnLoad(
  connection: PostgresqlConnection,
  { environment }: CollectContext,
): Promise<(known: Json) => Promise<Json>> {
  const startedAt = environment.now();
  const before = await readCounters(connection);
  return async (known) => {
    const all = knownLoads(known);
    if (before === 'none') return known;
    const after = before === null ? null : await readCounters(connection);
    if (after === 'none' || before === null || after === null || after.origin !== before.origin) {
      const lost = { from: startedAt, to: environment.now(), seconds: environment.now() - startedAt, entries: null };
      return knownJson(withWindow(all, lost, null));
    }
    return knownJson(withWindow(all, windowOf(before, after), after));
  };
}

async function readCounters(connection: PostgresqlConnection): Promise<Snapshot | 'none' | null> {
  try {
    const extension = await findStatements(connection);
    if (typeof extension === 'string') return 'none';
    return (await readSnapshot(connection, extension, false)).snapshot;
  } catch {
    return null;
  }
}

function windowOf(before: Snapshot, after: Snapshot): OwnLoadWindow {
  const { entries, since } = differenceOf(before, after);
  return {
    from: since ?? before.at,
    to: after.at,
    seconds: after.at - (since ?? before.at),
    entries: new Map(
      [...entries].map(([key, { maxSeconds, ...counters }]) => [
        key,
        { ...counters, maxSeconds, end: after.entries.get(key)!.calls },
      ]),
    ),
  };
}

/**
 * A difference without what trials' loads counted within it; never below zero. An entry that has begun anew since such a load does not
 * have its calls any more.
 * @param isTold whether an entry's calls are told at all: those that are not are not said to be left out
 */
export function withoutOwnLoad(
  connection: PostgresqlConnection,
  difference: Difference,
  { before, now }: { readonly before: Snapshot | null; readonly now: Snapshot },
  isTold: (key: string) => boolean,
): { readonly difference: Difference; readonly ownLoad: OwnLoad | null } {
  const known = left.get(connection);
  if (!known || (known.origin !== null && known.origin !== now.origin)) return { difference, ownLoad: null };
  // Before the counters began it was another count; what the difference does not have cannot be taken off it.
  const begin = difference.since ?? Number.NEGATIVE_INFINITY;
  const within = known.windows.filter(({ to }) => to > begin);
  const isWhole = (window: OwnLoadWindow) =>
    window.entries !== null && window.from >= begin && known.resetAt === now.resetAt;
  const whole = within.filter(isWhole);
  const entries = new Map(difference.entries);
  const sum = { calls: 0, seconds: 0, window: 0 };
  for (const window of whole) {
    sum.window += window.seconds;
    for (const [key, own] of window.entries!) {
      const entry = entries.get(key);
      if (!entry || isAnew(now.entries.get(key)!, own.end, window.to)) continue;
      const rest = lessBy(entry, own);
      if (isTold(key)) {
        sum.calls += entry.calls - rest.calls;
        sum.seconds += entry.seconds - rest.seconds;
      }
      const isItsLongest = own.maxSeconds !== null && (entry.maxSeconds ?? 0) <= own.maxSeconds;
      if (rest.calls === 0) entries.delete(key);
      else entries.set(key, { ...rest, maxSeconds: isItsLongest ? null : entry.maxSeconds });
    }
  }
  const contained = within.length - whole.length;
  const { window } = difference;
  return {
    difference: {
      ...difference,
      entries,
      window: window === null ? null : Math.max(0, window - sum.window),
      missing: [
        ...difference.missing,
        ...(contained === 0
          ? []
          : [
              `It contains the load of ${counted(contained, 'block')} of Pitwall’s own trials: ${either(contained, 'it is', 'they are')} not known apart from the rest${before === null ? '' : ', or began before the earlier reading'}.`,
            ]),
      ],
    },
    ownLoad: whole.length === 0 ? null : sum,
  };
}

function isAnew({ calls, since }: Entry, end: number, to: number): boolean {
  return calls < end || (since !== null && since > to);
}

function lessBy(entry: EntryCounters, own: EntryCounters): EntryCounters {
  return Object.fromEntries(
    COUNTERS.map((name) => [name, Math.max(0, entry[name] - own[name])]),
  ) as unknown as EntryCounters;
}

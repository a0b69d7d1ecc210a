import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Environment } from '../../model/integration.ts';
import { type ProcessStat, parseProcessStat, parseReaped, TICKS_PER_SECOND } from '../_proc/process-table.ts';
import type { ProcessConnection } from './connection.ts';
import { parseIo } from './counters.ts';
import { type ThreadTotals, ThreadWatch } from './thread-watch.ts';

/**
 * Seconds after which the processes are looked for from scratch when there are new ones on the host: one of them may have taken
 * the port. That costs as much as ten readings.
 */
const LOOK_AGAIN = 30;

/** What the service has used up since it was first looked at. Null: cannot be told on this machine. */
export interface ServiceTotals extends ThreadTotals {
  /** The first of its processes. */
  readonly root: number;
  readonly cpuSeconds: number;
  /** How far off that may be, in 95 of 100 readings. */
  readonly cpuGrain: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly bytesRead: number | null;
  readonly bytesWritten: number | null;
}

/** One process: its own use, and that of the children that it has waited for (the kernel adds theirs to their parent's). */
interface Use {
  readonly stat: ProcessStat;
  readonly cpuSeconds: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly bytesRead: number | null;
  readonly bytesWritten: number | null;
  /** Page faults of ended children alone. */
  readonly reapedFaults: number;
}

const KEYS = ['cpuSeconds', 'minorFaults', 'majorFaults', 'bytesRead', 'bytesWritten'] as const;

/**
 * Adds up what all processes of a service use while they come and go. A process that ends hands its counts to the parent that
 * waits for it (proc(5): `cutime`, `cminflt`; and the bytes of `io`), so what was counted while it lived is taken off again,
 * and requests that are served by a process each are counted, too.
 *
 * Reads at 1 Hz beside a load, so it is sparing: processes are looked for from scratch now and then only; in between the names
 * in /proc show which ones are new.
 */
export class ServiceCounters {
  readonly #connection: ProcessConnection;
  #known = new Map<number, Use>();
  /** Processes that are not the service's. */
  #others = new Set<number>();
  #roots: readonly number[] = [];
  #foundAt = Number.NEGATIVE_INFINITY;
  /** Whether processes that are not ours have begun since then. */
  #strange = false;
  /** Clock ticks since boot at the first reading: who started earlier has used up things before. */
  #firstTicks: number | null = null;
  readonly #threads = new ThreadWatch();
  readonly #totals: Record<(typeof KEYS)[number], number | null> = {
    cpuSeconds: 0,
    minorFaults: 0,
    majorFaults: 0,
    bytesRead: 0,
    bytesWritten: 0,
  };

  constructor(connection: ProcessConnection) {
    this.#connection = connection;
  }

  /** Null when there are no such processes now. */
  async read(environment: Environment): Promise<ServiceTotals | null> {
    const { proc } = environment;
    const members = await this.#members(environment);
    if (members === null) return null;
    const isFirst = this.#firstTicks === null;
    this.#firstTicks ??= ticksSinceBoot(proc);
    const now = new Map<number, Use>();
    const newcomers = new Set<number>();
    for (const [index, pid] of members.entries()) {
      // Others get their turn in between.
      if (index % 8 === 7) await setImmediate();
      const use = useOf(proc, pid, this.#known.get(pid));
      if (use === null) continue;
      now.set(pid, use);
      if (!isFirst && this.#before(use) === undefined && use.stat.startTicks > this.#firstTicks) newcomers.add(pid);
    }
    if (!isFirst) this.#add(now, newcomers);
    this.#threads.read(proc, [...now.keys()], newcomers, isFirst);
    this.#known = now;
    const { cpuSeconds, minorFaults, majorFaults, bytesRead, bytesWritten } = this.#totals;
    return {
      root: this.#roots[0]!,
      cpuSeconds: cpuSeconds ?? 0,
      // User and system time of each process are cut to whole ticks: two standard deviations of as many even distributions.
      cpuGrain: (2 * Math.sqrt((2 * now.size) / 12)) / TICKS_PER_SECOND,
      minorFaults: minorFaults ?? 0,
      majorFaults: majorFaults ?? 0,
      bytesRead,
      bytesWritten,
      ...this.#threads.totals,
    };
  }

  #add(now: ReadonlyMap<number, Use>, newcomers: ReadonlySet<number>): void {
    const ended = [...this.#known.values()].filter(
      ({ stat }) => now.get(stat.pid)?.stat.startTicks !== stat.startTicks,
    );
    const counted = ended.filter((use) => this.#wasReaped(use, now, ended));
    for (const key of KEYS) {
      let sum: number | null = this.#totals[key];
      for (const [pid, use] of now) {
        const [later, earlier] = [use[key], this.#before(use)?.[key]];
        if (later === null || earlier === null) sum = null;
        else if (earlier !== undefined) sum = sum === null ? null : sum + later - earlier;
        else if (newcomers.has(pid)) sum = sum === null ? null : sum + later;
      }
      for (const use of counted) sum = sum === null ? null : sum - (use[key] ?? 0);
      // Rounding of clock ticks: what was used up does not become less.
      this.#totals[key] = sum === null || this.#totals[key] === null ? null : Math.max(sum, this.#totals[key]);
    }
  }

  /** Whether the counts of an ended process went to one of ours that lives. Every process has page faults, so theirs show it. */
  #wasReaped(use: Use, now: ReadonlyMap<number, Use>, ended: readonly Use[]): boolean {
    let parent = use.stat.parent;
    // A parent that ended meanwhile had handed them on to its own.
    for (
      let up = ended.find(({ stat }) => stat.pid === parent);
      up;
      up = ended.find(({ stat }) => stat.pid === parent)
    ) {
      parent = up.stat.parent;
    }
    const later = now.get(parent);
    const earlier = later && this.#before(later);
    return earlier !== undefined && later!.reapedFaults - earlier.reapedFaults >= use.minorFaults;
  }

  /** The same process at the last reading; a number that came back is another one. */
  #before({ stat }: Use): Use | undefined {
    const known = this.#known.get(stat.pid);
    return known?.stat.startTicks === stat.startTicks ? known : undefined;
  }

  async #members(environment: Environment): Promise<readonly number[] | null> {
    const { proc } = environment;
    const at = environment.now();
    const names = namesIn(proc);
    const listed = new Set(names);
    const isComplete = this.#roots.length > 0 && this.#roots.every((pid) => listed.has(pid));
    const isOld = at < this.#foundAt || (this.#strange && at - this.#foundAt >= LOOK_AGAIN);
    if (!isComplete || isOld) {
      const found = await this.#connection.current(environment);
      if (typeof found === 'string') return null;
      const members = found.members.map(({ pid }) => pid);
      this.#roots = found.roots;
      this.#foundAt = at;
      this.#strange = false;
      const ours = new Set(members);
      this.#others = new Set(found.table.map(({ pid }) => pid).filter((pid) => !ours.has(pid)));
      return members;
    }
    const members = new Set([...this.#known.keys()].filter((pid) => listed.has(pid)));
    const strangers = names.filter((pid) => !members.has(pid) && !this.#others.has(pid));
    const parents = new Map(strangers.map((pid) => [pid, statOf(proc, pid)?.parent ?? 0]));
    for (let grew = true; grew; ) {
      grew = false;
      for (const [pid, parent] of parents) {
        if (!members.has(parent)) continue;
        members.add(pid);
        parents.delete(pid);
        grew = true;
      }
    }
    this.#strange ||= parents.size > 0;
    // A number that is free again may next be that of a process of ours.
    this.#others = new Set([...this.#others, ...parents.keys()].filter((pid) => listed.has(pid)));
    return [...members].sort((a, b) => a - b);
  }
}

function namesIn(proc: string): number[] {
  try {
    return readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The kernel answers these files at once: reading them synchronously costs a fraction of the other way. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function statOf(proc: string, pid: number): ProcessStat | null {
  const text = textOf(join(proc, String(pid), 'stat'));
  return text === null ? null : parseProcessStat(text);
}

function useOf(proc: string, pid: number, before: Use | undefined): Use | null {
  const text = textOf(join(proc, String(pid), 'stat'));
  const stat = text === null ? null : parseProcessStat(text);
  if (stat === null) return null;
  const reaped = parseReaped(text!);
  let io = parseIo(textOf(join(proc, String(pid), 'io')) ?? '');
  if (io.bytesRead === null) {
    // Ended just now; or a zombie, which keeps its counts until its parent asks.
    if (statOf(proc, pid) === null) return null;
    if (stat.state === 'Z' && before) io = before;
  }
  return {
    stat,
    cpuSeconds: stat.cpuSeconds + reaped.cpuSeconds,
    minorFaults: stat.minorFaults + reaped.minorFaults,
    majorFaults: stat.majorFaults + reaped.majorFaults,
    reapedFaults: reaped.minorFaults,
    bytesRead: io.bytesRead,
    bytesWritten: io.bytesWritten,
  };
}

/** 0 where it cannot be told: then everything that shows up later is taken for new. */
function ticksSinceBoot(proc: string): number {
  return Number.parseFloat(textOf(join(proc, 'uptime')) ?? '0') * TICKS_PER_SECOND;
}

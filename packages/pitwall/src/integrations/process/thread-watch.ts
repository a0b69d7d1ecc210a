import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSchedstat, parseSwitches } from './counters.ts';

/** What the kernel keeps a thread. Null: it cannot be told here. */
export interface ThreadTotals {
  readonly voluntary: number | null;
  readonly involuntary: number | null;
  /** Seconds ready, without a CPU. */
  readonly waitSeconds: number | null;
}

/** Two small files a thread (25 µs when it ran since, 8 µs else): more threads than this in all would cost more than they tell. */
const MOST_THREADS = 256;

interface Thread {
  /** Text of schedstat: the same text means that the thread has not run. */
  readonly sched: string;
  readonly voluntary: number;
  readonly involuntary: number;
  readonly waitSeconds: number | null;
  readonly ran: boolean;
}

/**
 * Adds up what the threads of a service did while they come and go. What a thread did after the last reading before it ended is
 * lost: the kernel shows it to nobody.
 */
export class ThreadWatch {
  #known = new Map<string, Thread>();
  #pids: ReadonlySet<number> = new Set();
  #voluntary = 0;
  #involuntary = 0;
  #waited = 0;
  #readable = true;
  /** Kernels without scheduler statistics show the file with zero times. */
  #timed = false;

  get totals(): ThreadTotals {
    if (!this.#readable) return { voluntary: null, involuntary: null, waitSeconds: null };
    return {
      voluntary: this.#voluntary,
      involuntary: this.#involuntary,
      waitSeconds: this.#timed ? this.#waited : null,
    };
  }

  /** `newcomers`: processes whose threads have all begun since the last reading. */
  read(proc: string, pids: readonly number[], newcomers: ReadonlySet<number>, isFirst: boolean): void {
    if (!this.#readable) return;
    const now = new Map<string, Thread>();
    for (const pid of pids) {
      const ids = idsIn(join(proc, String(pid), 'task'));
      if (ids === null) continue;
      for (const id of ids) {
        const key = `${pid}/${id}`;
        const before = this.#known.get(key);
        const thread = readThread(join(proc, String(pid), 'task', id), before);
        if (thread === 'denied' || now.size >= MOST_THREADS) {
          this.#readable = false;
          return;
        }
        if (thread === null) continue;
        now.set(key, thread);
        this.#timed ||= thread.ran;
        // A process that was not watched before and did not begin just now: from here on.
        const counts = before ?? (!isFirst && (newcomers.has(pid) || this.#pids.has(pid)) ? NOTHING : null);
        if (counts !== null) this.#add(counts, thread);
      }
    }
    this.#known = now;
    this.#pids = new Set(pids);
  }

  #add(before: Thread, after: Thread): void {
    // A number that came back belongs to another thread.
    const from = after.voluntary < before.voluntary || after.involuntary < before.involuntary ? NOTHING : before;
    this.#voluntary += after.voluntary - from.voluntary;
    this.#involuntary += after.involuntary - from.involuntary;
    this.#waited += Math.max(0, (after.waitSeconds ?? 0) - (from.waitSeconds ?? 0));
  }
}

const NOTHING: Thread = { sched: '', voluntary: 0, involuntary: 0, waitSeconds: 0, ran: false };

function idsIn(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}

/** Null when it has ended. */
function readThread(folder: string, before: Thread | undefined): Thread | 'denied' | null {
  try {
    const sched = textOf(join(folder, 'schedstat'));
    if (before?.ran && sched === before.sched) return before;
    const switches = parseSwitches(readFileSync(join(folder, 'status'), 'utf8'));
    if (switches === null) return 'denied';
    const { ranSeconds, waitSeconds } = parseSchedstat(sched);
    return { sched, ...switches, waitSeconds, ran: (ranSeconds ?? 0) > 0 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? null : 'denied';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { join } from 'node:path';
import { type ProcessStat, readProcessStat } from '../_proc/process-table.ts';
import { namesIn, parseKeyed, textOf } from '../_proc/read.ts';

/** Counters of one thread: the kernel keeps these a thread, and /proc/PID shows only the first one's. */
export interface ThreadCounters {
  readonly voluntary: number;
  readonly involuntary: number;
  /** Seconds on a CPU and ready without one; null when the kernel does not keep them. */
  readonly ranSeconds: number | null;
  readonly waitSeconds: number | null;
}

export interface ProcessCounters {
  readonly stat: ProcessStat;
  /** By thread id; null when there are too many to read, or they may not be read. */
  readonly threads: ReadonlyMap<string, ThreadCounters> | null;
  /** Bytes that went to or came from storage; null when not ours to see. */
  readonly bytesRead: number | null;
  readonly bytesWritten: number | null;
}

/** Two small files a thread are read twice a window: beyond this many the looking would cost more than it tells. */
const MAX_THREADS = 256;

/** Null when the process is gone. */
export async function readCounters(proc: string, pid: number): Promise<ProcessCounters | null> {
  const stat = await readProcessStat(proc, pid);
  if (!stat) return null;
  const io = parseIo((await textOf(join(proc, String(pid), 'io'))) ?? '');
  return { stat, threads: await readThreads(join(proc, String(pid), 'task')), ...io };
}

async function readThreads(folder: string): Promise<ReadonlyMap<string, ThreadCounters> | null> {
  const ids = await namesIn(folder);
  if (!ids || ids.length > MAX_THREADS) return null;
  const threads = new Map<string, ThreadCounters>();
  for (const id of ids) {
    const [status, schedstat] = await Promise.all([
      textOf(join(folder, id, 'status')),
      textOf(join(folder, id, 'schedstat')),
    ]);
    const switches = status === null ? null : parseSwitches(status);
    // A thread that ended since the folder was listed is left out.
    if (switches) threads.set(id, { ...switches, ...parseSchedstat(schedstat ?? '') });
  }
  return threads.size > 0 ? threads : null;
}

/** From /proc/PID/task/TID/status; null when the lines are missing. */
export function parseSwitches(status: string): { readonly voluntary: number; readonly involuntary: number } | null {
  const values = parseKeyed(status);
  const voluntary = values.get('voluntary_ctxt_switches');
  const involuntary = values.get('nonvoluntary_ctxt_switches');
  return voluntary === undefined || involuntary === undefined ? null : { voluntary, involuntary };
}

/** `ran waited slices`, times in nanoseconds. Format: https://docs.kernel.org/scheduler/sched-stats.html */
export function parseSchedstat(text: string): Pick<ThreadCounters, 'ranSeconds' | 'waitSeconds'> {
  const [ran, waited] = text.trim().split(/\s+/).map(Number);
  if (ran === undefined || waited === undefined || !Number.isFinite(ran) || !Number.isFinite(waited)) {
    return { ranSeconds: null, waitSeconds: null };
  }
  return { ranSeconds: ran / 1e9, waitSeconds: waited / 1e9 };
}

/** From /proc/PID/io. Format: https://man7.org/linux/man-pages/man5/proc_pid_io.5.html */
export function parseIo(text: string): Pick<ProcessCounters, 'bytesRead' | 'bytesWritten'> {
  const values = parseKeyed(text);
  return { bytesRead: values.get('read_bytes') ?? null, bytesWritten: values.get('write_bytes') ?? null };
}

export interface Grown {
  readonly cpuSeconds: number;
  readonly voluntary: number | null;
  readonly involuntary: number | null;
  readonly waitSeconds: number | null;
  readonly bytesRead: number | null;
  readonly bytesWritten: number | null;
}

/** What a process did between two readings; `earlier` is undefined when it started in between. */
export function grownBetween(earlier: ProcessCounters | undefined, later: ProcessCounters): Grown {
  const threads = later.threads && (!earlier || earlier.threads) ? [...later.threads] : null;
  const overThreads = (key: keyof ThreadCounters): number | null => {
    if (!threads) return null;
    let total = 0;
    for (const [id, thread] of threads) {
      const [from, to] = [earlier?.threads?.get(id)?.[key] ?? 0, thread[key]];
      if (to === null) return null;
      total += Math.max(0, to - from);
    }
    return total;
  };
  const bytes = (key: 'bytesRead' | 'bytesWritten'): number | null => {
    const [from, to] = [earlier ? earlier[key] : 0, later[key]];
    return from === null || to === null ? null : Math.max(0, to - from);
  };
  // Kernels without scheduler statistics show the file with zero times: a thread that ran has spent time on a CPU.
  const kept = threads?.some(([, thread]) => (thread.ranSeconds ?? 0) > 0) ?? false;
  return {
    cpuSeconds: Math.max(0, later.stat.cpuSeconds - (earlier?.stat.cpuSeconds ?? 0)),
    voluntary: overThreads('voluntary'),
    involuntary: overThreads('involuntary'),
    waitSeconds: kept ? overThreads('waitSeconds') : null,
    bytesRead: bytes('bytesRead'),
    bytesWritten: bytes('bytesWritten'),
  };
}

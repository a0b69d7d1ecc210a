import { readFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { namesIn, textOf } from './read.ts';

/** One line of the process table, from /proc/PID/stat. Format: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Name of the executable, cut to 15 bytes by the kernel. */
  readonly name: string;
  /** One letter: R, S, D, Z … */
  readonly state: string;
  /** CPU seconds used in user and kernel mode, all threads, ended ones included. */
  readonly cpuSeconds: number;
  /** Page faults that needed no disk, and that did; all threads, ended ones included. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly threads: number;
  /** Clock ticks since boot; with the pid it tells a process from a later one with the same number. */
  readonly startTicks: number;
}

/** The kernel reports times to user space in 1/100 s on every architecture that Node runs on (USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** Null when the text is not a stat line. The name may contain spaces and brackets, so fields count from the last one. */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const pid = Number.parseInt(text, 10);
  // fields[0] is field 3 (state) of the manual page.
  const fields = text.slice(close + 2).split(' ');
  const at = (field: number) => Number(fields[field - 3]);
  if (!Number.isInteger(pid) || !Number.isFinite(at(22))) return null;
  return {
    pid,
    parent: at(4),
    name: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    cpuSeconds: (at(14) + at(15)) / TICKS_PER_SECOND,
    minorFaults: at(10),
    majorFaults: at(12),
    threads: at(20),
    startTicks: at(22),
  };
}

/** From the same text: what children used that have ended and were waited for, with theirs in turn. */
export function parseReaped(text: string): Pick<ProcessStat, 'cpuSeconds' | 'minorFaults' | 'majorFaults'> {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (field: number) => Number(fields[field - 3]);
  return { cpuSeconds: (at(16) + at(17)) / TICKS_PER_SECOND, minorFaults: at(11), majorFaults: at(13) };
}

/** Null when the process is gone or hidden (hidepid). */
export async function readProcessStat(proc: string, pid: number): Promise<ProcessStat | null> {
  const text = await textOf(join(proc, String(pid), 'stat'));
  return text === null ? null : parseProcessStat(text);
}

/** Process ids, ascending; empty when /proc cannot be listed. */
export async function listPids(proc: string): Promise<number[]> {
  const names = (await namesIn(proc)) ?? [];
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** All processes that could be read. Those that end meanwhile are left out. */
export async function readProcessTable(proc: string): Promise<readonly ProcessStat[]> {
  const table: ProcessStat[] = [];
  for (const [index, pid] of (await listPids(proc)).entries()) {
    // Synchronous reads cost a tenth of the others, and the kernel answers this file at once. Others get their turn in between.
    if (index % 32 === 31) await setImmediate();
    try {
      const stat = parseProcessStat(readFileSync(join(proc, String(pid), 'stat'), 'utf8'));
      if (stat) table.push(stat);
    } catch {
      // Ended since the folder was listed.
    }
  }
  return table;
}

/** `roots` that exist, with all that descends from them, ascending, without duplicates. */
export function withDescendants(table: readonly ProcessStat[], roots: readonly number[]): number[] {
  const children = Map.groupBy(table, (entry) => entry.parent);
  const known = new Set(table.map((entry) => entry.pid));
  const found = new Set<number>();
  const open = roots.filter((pid) => known.has(pid));
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    open.push(...(children.get(pid) ?? []).map((entry) => entry.pid));
  }
  return [...found].sort((a, b) => a - b);
}

/** Ourselves and all above us, as this /proc sees it; empty in a fixture, which has no `self`. */
export async function ownLineage(proc: string, table: readonly ProcessStat[]): Promise<ReadonlySet<number>> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parent]));
  const lineage = new Set<number>();
  let pid: number | undefined = Number(await readlink(join(proc, 'self')).catch(() => '0'));
  while (pid && !lineage.has(pid)) {
    lineage.add(pid);
    pid = parents.get(pid);
  }
  return lineage;
}

/** Number of CPUs online, from /proc/stat; null when the text has none. */
export function cpuCount(stat: string): number | null {
  return stat.match(/^cpu\d+ /gm)?.length ?? null;
}

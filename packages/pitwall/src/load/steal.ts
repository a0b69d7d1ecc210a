import { readFileSync } from 'node:fs';

/** CPU time of the host in ticks: all of it, and what the hypervisor gave to others (proc_stat(5), first line, field 8). */
export interface CpuTicks {
  readonly total: number;
  readonly steal: number;
}

export function parseCpuTicks(stat: string): CpuTicks | null {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  // Guest time (fields 9 and 10) is already in user and nice.
  if (!fields || fields.length < 8) return null;
  return { total: fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0), steal: fields[7]! };
}

/** Null where the host does not say. */
export function readCpuTicks(): CpuTicks | null {
  try {
    return parseCpuTicks(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return null;
  }
}

/** Share of the time between two readings that was stolen, 0–1; null without readings or time. */
export function stealRatio(before: CpuTicks | null, after: CpuTicks | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null;
  return Math.max(0, after.steal - before.steal) / (after.total - before.total);
}

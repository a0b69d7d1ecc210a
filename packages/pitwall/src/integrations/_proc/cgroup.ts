/**
 * Limits, use and throttling of a process's cgroup, versions 1 and 2. A limit set on any level above holds below, so the
 * tightest one counts, and use is read where that limit is.
 * Formats: https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/scheduler/sched-bwc.html,
 * https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */

import { join } from 'node:path';
import { type CgroupPlace, locateCgroup, parseCgroups } from './cgroup-path.ts';
import { type PressureFiles, readPressure } from './pressure.ts';
import { parseKeyed, readText, textOf } from './read.ts';

interface CgroupCpu {
  /** CPUs' worth of time allowed; null when unlimited. */
  readonly limit: number | null;
  /** Seconds of CPU used so far. */
  readonly used?: number;
  /** Enforcement periods so far, and those in which the cgroup ran into its quota. */
  readonly periods?: number;
  readonly throttled?: number;
}

interface CgroupMemory {
  /** Bytes; null when unlimited. */
  readonly limit: number | null;
  /** Working set in bytes: use without the page cache that nobody touched lately. */
  readonly used: number | null;
  readonly oomKills?: number;
}

export interface CgroupReading {
  readonly path: string;
  /** Of the hierarchy that has the memory controller, else the CPU controller. */
  readonly version: 1 | 2;
  /** A string says why it cannot be read. */
  readonly cpu: CgroupCpu | string;
  readonly memory: CgroupMemory | string;
  readonly pressure: PressureFiles;
}

/** Reads the cgroup of one process (`self` for ours). A string says why there is nothing to read. */
export async function readCgroup(proc: string, sys: string, pid: number | 'self'): Promise<CgroupReading | string> {
  const file = await readText(join(proc, String(pid), 'cgroup'));
  if (file.text === null) return file.why;
  const entries = parseCgroups(file.text);
  const [cpu, memory] = await Promise.all([locateCgroup(sys, entries, 'cpu'), locateCgroup(sys, entries, 'memory')]);
  if (typeof cpu === 'string' && typeof memory === 'string') return cpu;
  // Mixed hierarchies keep the controllers in version 1 and the pressure in version 2.
  const unified = await locateCgroup(
    sys,
    entries.filter((entry) => entry.version === 2),
    'pressure',
  );
  const place = typeof memory === 'string' ? (cpu as CgroupPlace) : memory;
  return {
    path: place.path,
    version: place.version,
    cpu: typeof cpu === 'string' ? cpu : await readCpu(cpu),
    memory: typeof memory === 'string' ? memory : await readMemory(memory),
    pressure: await readOwnPressure(unified),
  };
}

/** Pressure of a process's own cgroup alone: what `readCgroup` reads of it, for little. */
export async function readCgroupPressure(proc: string, sys: string, pid: number): Promise<PressureFiles> {
  const file = await readText(join(proc, String(pid), 'cgroup'));
  if (file.text === null) return noPressure(file.why);
  const unified = parseCgroups(file.text).filter((entry) => entry.version === 2);
  return readOwnPressure(await locateCgroup(sys, unified, 'pressure'));
}

async function readOwnPressure(place: CgroupPlace | string): Promise<PressureFiles> {
  if (typeof place === 'string') return noPressure('cgroup version 1 keeps no pressure of its own');
  const level = place.levels[0] ?? '/';
  if (await isMachineRoot(place, level)) return noPressure("the root cgroup's pressure is the host's");
  return readPressure((name) => join(place.mount, level, `${name}.pressure`));
}

function noPressure(why: string): PressureFiles {
  const none = { text: null, why } as const;
  return { cpu: none, memory: none, io: none };
}

/** A container's root looks like a root and is none: only the machine's has no `cgroup.events`. Version 1 does not tell. */
async function isMachineRoot(place: CgroupPlace, level: string): Promise<boolean> {
  if (level !== '/') return false;
  return place.version === 1 || (await textOf(join(place.mount, 'cgroup.events'))) === null;
}

/** The level with the lowest limit, or the process's own when there is none. */
async function tightest(
  place: CgroupPlace,
  limitAt: (folder: string) => Promise<number | null>,
): Promise<{ readonly limit: number | null; readonly folder: string; readonly level: string }> {
  let found = { limit: null as number | null, level: place.levels[0] ?? '/' };
  for (const level of place.levels) {
    const limit = await limitAt(join(place.mount, level));
    if (limit !== null && (found.limit === null || limit < found.limit)) found = { limit, level };
  }
  return { ...found, folder: join(place.mount, found.level) };
}

async function readCpu(place: CgroupPlace): Promise<CgroupCpu | string> {
  const { limit, folder, level } = await tightest(place, async (at) =>
    place.version === 2
      ? parseCpuMax((await textOf(join(at, 'cpu.max'))) ?? '')
      : parseCfsQuota(
          (await textOf(join(at, 'cpu.cfs_quota_us'))) ?? '',
          (await textOf(join(at, 'cpu.cfs_period_us'))) ?? '',
        ),
  );
  if (limit === null && (await isMachineRoot(place, level))) return ROOT;
  const stat = await readText(join(folder, 'cpu.stat'));
  const values = parseKeyed(stat.text ?? '');
  const legacyUse = place.version === 1 ? await legacyCpuSeconds(place, level) : undefined;
  const used = values.has('usage_usec') ? values.get('usage_usec')! / 1e6 : legacyUse;
  if (stat.text === null && used === undefined) return stat.why ?? 'no CPU accounting';
  return {
    limit,
    ...(used !== undefined && { used }),
    ...(values.has('nr_periods') && { periods: values.get('nr_periods')!, throttled: values.get('nr_throttled') ?? 0 }),
  };
}

/** `cpuacct` is mounted together with `cpu`, or beside it with the same paths. */
async function legacyCpuSeconds(place: CgroupPlace, level: string): Promise<number | undefined> {
  for (const mount of [place.mount, join(place.mount, '..', 'cpuacct')]) {
    const text = await textOf(join(mount, level, 'cpuacct.usage'));
    if (text !== null) return Number(text) / 1e9;
  }
  return undefined;
}

async function readMemory(place: CgroupPlace): Promise<CgroupMemory | string> {
  const two = place.version === 2;
  const { limit, folder, level } = await tightest(place, async (at) =>
    parseMemoryLimit((await textOf(join(at, two ? 'memory.max' : 'memory.limit_in_bytes'))) ?? ''),
  );
  if (limit === null && (await isMachineRoot(place, level))) return ROOT;
  const [use, stat, events] = await Promise.all([
    readText(join(folder, two ? 'memory.current' : 'memory.usage_in_bytes')),
    textOf(join(folder, 'memory.stat')),
    textOf(join(folder, two ? 'memory.events' : 'memory.oom_control')),
  ]);
  if (use.text === null) return use.why;
  const inactive = parseKeyed(stat ?? '').get(two ? 'inactive_file' : 'total_inactive_file') ?? 0;
  const oomKills = parseKeyed(events ?? '').get('oom_kill');
  return { limit, used: Math.max(0, Number(use.text) - inactive), ...(oomKills !== undefined && { oomKills }) };
}

const ROOT = 'the process is in the root cgroup, which has no limits';

/** `cpu.max` in CPUs: "50000 100000" → 0.5, "max 100000" → null. */
export function parseCpuMax(text: string): number | null {
  const match = /^(\d+)\s+(\d+)/.exec(text);
  return match && Number(match[2]) > 0 ? Number(match[1]) / Number(match[2]) : null;
}

/** Version 1 quota in CPUs; −1 is unlimited. */
export function parseCfsQuota(quota: string, period: string): number | null {
  const [allowed, each] = [Number.parseInt(quota, 10), Number.parseInt(period, 10)];
  return allowed > 0 && each > 0 ? allowed / each : null;
}

/** Bytes. Version 2 writes `max` for none; version 1 the largest multiple of a page below 2^63. */
export function parseMemoryLimit(text: string): number | null {
  const bytes = Number.parseInt(text, 10);
  return Number.isFinite(bytes) && bytes < 2 ** 62 ? bytes : null;
}

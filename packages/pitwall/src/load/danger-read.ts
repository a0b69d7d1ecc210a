import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DiskSigns, HostSigns } from './danger.ts';

/** Where the kernel's files are; fixture folders in tests. */
export interface KernelFolders {
  readonly proc: string;
  readonly sys: string;
}

/** Memory that a cgroup uses and may use; null without a limit, or where it cannot be read. */
export type CgroupMemory = () => Promise<HostSigns['cgroup']>;

/**
 * Reads what `dangerOf` looks at. Never fails: what this kernel does not show, or this user may not see, is null.
 * Formats: proc_vmstat(5), proc_meminfo(5), https://docs.kernel.org/accounting/psi.html and …/admin-guide/iostats.html
 */
export async function readHostSigns(
  { proc, sys }: KernelFolders = { proc: '/proc', sys: '/sys' },
  cgroup: CgroupMemory = async () => null,
): Promise<HostSigns> {
  const [vmstat, meminfo, memory, io, diskstats, limited] = await Promise.all([
    text(join(proc, 'vmstat')),
    text(join(proc, 'meminfo')),
    text(join(proc, 'pressure', 'memory')),
    text(join(proc, 'pressure', 'io')),
    text(join(proc, 'diskstats')),
    cgroup().catch(() => null),
  ]);
  const kibibytes = (name: string) => {
    const value = keyed(meminfo, name);
    return value === null ? null : value * 1024;
  };
  return {
    at: performance.now() / 1000,
    pagesSwappedOut: keyed(vmstat, 'pswpout'),
    oomKills: keyed(vmstat, 'oom_kill'),
    memoryAvailable: kibibytes('MemAvailable'),
    memoryTotal: kibibytes('MemTotal'),
    memoryStalled: stalled(memory),
    ioStalled: stalled(io),
    disks: await realDisks(parseDisks(diskstats), sys),
    cgroup: limited,
  };
}

/** `name value` or `name: value kB` on a line of its own. */
function keyed(content: string, name: string): number | null {
  const found = new RegExp(`^${name}:?\\s+(\\d+)`, 'm').exec(content)?.[1];
  return found === undefined ? null : Number(found);
}

/** Seconds of the line "full". */
function stalled(content: string): number | null {
  const found = /^full .*\btotal=(\d+)/m.exec(content)?.[1];
  return found === undefined ? null : Number(found) / 1e6;
}

/** By device name. */
function parseDisks(content: string): ReadonlyMap<string, DiskSigns> {
  const disks = new Map<string, DiskSigns>();
  for (const line of content.split('\n')) {
    const [, , name, ...rest] = line.trim().split(/\s+/);
    // field(n) is "field n" of the kernel's documentation.
    const field = (n: number) => Number(rest[n - 1]);
    if (name === undefined || rest.length < 11) continue;
    disks.set(name, {
      operations: field(1) + field(5),
      operationSeconds: (field(4) + field(8)) / 1000,
      weightedSeconds: field(11) / 1000,
    });
  }
  return disks;
}

/** Only hardware and virtual disks have a `device`: their I/O is not counted again for partitions, loops and mappers. */
async function realDisks(disks: ReadonlyMap<string, DiskSigns>, sys: string): Promise<ReadonlyMap<string, DiskSigns>> {
  const real = new Map<string, DiskSigns>();
  for (const [name, disk] of disks) {
    // A slash in a device's name stands as `!` in /sys.
    const there = await access(join(sys, 'block', name.replaceAll('/', '!'), 'device')).then(
      () => true,
      () => false,
    );
    if (there) real.set(name, disk);
  }
  return real;
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

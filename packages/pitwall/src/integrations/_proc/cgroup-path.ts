import { join } from 'node:path';
import { namesIn } from './read.ts';

/** One line of /proc/PID/cgroup: where the process is in one hierarchy. */
export interface CgroupEntry {
  /** 2 for the unified hierarchy (`0::`). */
  readonly version: 1 | 2;
  /** Version 1 controllers in the kernel's order; empty for version 2. `name=systemd` is one, too. */
  readonly controllers: readonly string[];
  readonly path: string;
}

/** Format: https://man7.org/linux/man-pages/man7/cgroups.7.html, "/proc files". */
export function parseCgroups(text: string): readonly CgroupEntry[] {
  const entries: CgroupEntry[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    const unified = match[1] === '0' && match[2] === '';
    entries.push({ version: unified ? 2 : 1, controllers: unified ? [] : match[2]!.split(','), path: match[3]! });
  }
  return entries;
}

/** The path that says most about a process: unified, else systemd's, else any that is not the root. */
export function mainCgroupPath(entries: readonly CgroupEntry[]): string | null {
  const unified = entries.find((entry) => entry.version === 2);
  const systemd = entries.find((entry) => entry.controllers.includes('name=systemd'));
  const ordered = [unified, systemd, ...entries].filter((entry) => entry !== undefined);
  return (ordered.find((entry) => entry.path !== '/') ?? ordered[0])?.path ?? null;
}

/** Where one controller keeps a process's files. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Folder of the hierarchy's root. */
  readonly mount: string;
  /** The process's path as the kernel names it. */
  readonly path: string;
  /** Paths below `mount` from the process's own cgroup up to the root, those that exist. Limits hold at each of them. */
  readonly levels: readonly string[];
}

/** Finds a controller's place, in version 1 where the kernel has it there, else in 2. A string says why there is none. */
export async function locateCgroup(
  sys: string,
  entries: readonly CgroupEntry[],
  controller: string,
): Promise<CgroupPlace | string> {
  const base = join(sys, 'fs', 'cgroup');
  const legacy = entries.find((entry) => entry.controllers.includes(controller));
  const entry = legacy ?? entries.find((candidate) => candidate.version === 2);
  if (!entry) return `the process is in no cgroup that has the ${controller} controller`;
  // The path of a process outside of our cgroup namespace climbs with `..`: its files are not below our mount.
  if (entry.path.split('/').includes('..')) return 'the cgroup lies outside of this cgroup namespace';
  const candidates = legacy
    ? [join(base, legacy.controllers.join(',')), join(base, controller)]
    : [base, join(base, 'unified')];
  for (const mount of candidates) {
    const names = await namesIn(mount);
    if (!names || (!legacy && !names.includes('cgroup.procs'))) continue;
    const levels: string[] = [];
    for (const level of levelsOf(entry.path)) {
      // In a container the path may be the host's while the mount shows only the container's part: the root is then ours.
      if (level === '/' || (await namesIn(join(mount, level)))) levels.push(level);
    }
    return { version: entry.version, mount, path: entry.path, levels };
  }
  return `no cgroup file system with the ${controller} controller is mounted below ${base}`;
}

/** `/a/b` → `/a/b`, `/a`, `/`. */
function levelsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
}

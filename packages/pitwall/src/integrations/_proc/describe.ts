import { join } from 'node:path';
import { printable } from '../../errors.ts';
import { mainCgroupPath, parseCgroups } from './cgroup-path.ts';
import { maskArguments } from './mask.ts';
import { type ProcessStat, readProcessStat, readProcessTable } from './process-table.ts';
import { textOf } from './read.ts';

/** What a person needs to recognise a process. All text is printable; secrets in the command line are masked. */
export interface ProcessDescription {
  readonly name: string;
  readonly commandLine: string;
  /** Its cgroup, for example `/system.slice/nginx.service`; null when not readable. */
  readonly cgroup: string | null;
  /** The systemd service that it belongs to, or null: started by hand, in a container, or no systemd. */
  readonly systemdUnit: string | null;
  /** Process ids of its direct children. */
  readonly children: readonly number[];
}

/** Null when the process is gone or hidden. `known` saves reading the process table again for each of many processes. */
export async function processDescription(
  proc: string,
  pid: number,
  known?: readonly ProcessStat[],
): Promise<ProcessDescription | null> {
  const stat = await readProcessStat(proc, pid);
  if (!stat) return null;
  const [args, cgroupText, table] = await Promise.all([
    commandLineOf(proc, pid),
    textOf(join(proc, String(pid), 'cgroup')),
    known ?? readProcessTable(proc),
  ]);
  const cgroup = cgroupText === null ? null : mainCgroupPath(parseCgroups(cgroupText));
  // Node names its first thread, and with it the process, MainThread: the program's file says more.
  const name = stat.name === 'MainThread' ? (args[0]?.split('/').pop() ?? stat.name) : stat.name;
  return {
    name: printable(name),
    // Kernel threads and zombies have no command line; ps shows their name in brackets.
    commandLine: args.length > 0 ? maskArguments(args) : `[${printable(stat.name)}]`,
    cgroup: cgroup === null ? null : printable(cgroup),
    systemdUnit: cgroup === null ? null : systemdUnitOf(cgroup),
    children: table.filter((entry) => entry.parent === pid).map((entry) => entry.pid),
  };
}

/** The arguments of a process, unmasked: never show them. [] when gone, hidden, or a kernel thread. */
export async function commandLineOf(proc: string, pid: number): Promise<string[]> {
  const text = await textOf(join(proc, String(pid), 'cmdline'));
  return text === null ? [] : parseCommandLine(text);
}

/** NUL-separated; a process that rewrote its title (nginx, postgres) pads the rest with NULs. */
export function parseCommandLine(text: string): string[] {
  const args = text.replace(/\0+$/, '').split('\0');
  return args.length === 1 && args[0] === '' ? [] : args;
}

/** The innermost service unit in a cgroup path. `user@1000.service` holds a user's session and is nobody's service. */
export function systemdUnitOf(cgroup: string): string | null {
  const units = cgroup.split('/').filter((part) => part.endsWith('.service'));
  const unit = units.at(-1);
  return unit === undefined || unit.startsWith('user@') ? null : printable(unit);
}

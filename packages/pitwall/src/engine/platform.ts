import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { Environment } from '../model/integration.ts';
import type { RunInfo } from '../model/report.ts';

/** The real machine, as the parameter that everything below the engine takes. */
export const realEnvironment: Environment = {
  proc: '/proc',
  sys: '/sys',
  now: () => Date.now() / 1000,
  sleep: (seconds, signal) => delay(seconds * 1000, undefined, { signal }),
  attended: isAttended(process.env),
};

/**
 * Whether a person may be asked and sees what is said: standard input and error are a terminal, and it is none of a CI, some of
 * which give their jobs one. Standard output may well go to a file or a pager.
 */
export function isAttended(
  { CI: ci = '' }: Readonly<Record<string, string | undefined>>,
  isTerminal = isatty,
): boolean {
  return isTerminal(0) && isTerminal(2) && (ci === '' || ci === 'false' || ci === '0');
}

/** Of /proc/PID/stat: the kernel counts in hundredths of a second on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that Pitwall has used, user and system: this process with its threads, and its child processes (queries are
 * timed in one), those that live and those that have ended. Where there is no /proc, of this process alone.
 */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenCpuSeconds();
}

function childrenCpuSeconds(): number {
  try {
    // After the name in brackets: utime, stime, and those of children that were waited for (proc(5), fields 14 to 17).
    const ticks = (pid: number | string, fields: readonly number[]) => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.reduce((sum, field) => sum + Number(values[field - 3]), 0);
    };
    const living = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    const used = living.reduce((sum, pid) => sum + ticks(pid, [14, 15]), ticks('self', [16, 17]));
    return used / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Version of the package, read from the package.json that lies beside the sources and the bundle alike. */
export function pitwallVersion(): string {
  for (const path of ['../../package.json', '../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'pitwall' && version) return version;
    } catch {
      // Sources and bundle differ in depth: the other path is the right one.
    }
  }
  return 'unknown';
}

export function describeHost(): RunInfo['host'] {
  return { name: hostname(), cpus: cpus().length, memoryBytes: totalmem(), kernel: release() };
}

import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../model/integration.ts';
import type { RunInfo } from '../model/report.ts';

/** The real machine, as the parameter that everything below the engine takes. */
export const realEnvironment: Environment = {
  proc: '/proc',
  sys: '/sys',
  now: () => Date.now() / 1000,
  sleep: (seconds, signal) => delay(seconds * 1000, undefined, { signal }),
};

/** CPU seconds that this process (with its threads) has used, user and system. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
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

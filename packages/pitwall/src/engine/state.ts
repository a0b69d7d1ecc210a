import { join } from 'node:path';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/sqlite.ts';
import { leftStopped } from '../tune/service-control.ts';

/** The store of a configuration. Creates it on first use; throws the STORE_… errors. */
export function openStateStore(config: Config): Promise<Store> {
  return openStore(config.stateDirectory);
}

/** Where originals too big for the journal are kept. */
export function keepDirectory(config: Config): string {
  return join(config.stateDirectory, 'originals');
}

/** A sentence when a run of ours stopped the service and has not started it again, else null. */
export function stoppedServiceNotice(config: Config): string | null {
  const stopped = leftStopped(config.stateDirectory);
  if (stopped === null) return null;
  const { pid } = stopped;
  const since = `${stopped.since.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (pid !== null && isAlive(pid)) return `process ${pid} has the service stopped for a change since ${since}.`;
  return `a change was interrupted at ${since} while the service was stopped for it; \`pitwall recover\` starts it.`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

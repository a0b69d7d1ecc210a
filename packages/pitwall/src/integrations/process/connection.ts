import { PitwallError } from '../../errors.ts';
import type { Environment } from '../../model/integration.ts';
import type { ProcessOptions } from './options.ts';
import { type Resolved, resolveProcesses } from './resolve.ts';

/** Finds the service's processes anew whenever it is asked: services restart, and their pids change. */
export interface ProcessConnection {
  /** The processes now; a string says why there are none. */
  current(environment: Environment): Promise<Resolved | string>;
}

/** Collectors that start together share one look at the process table; later ones look again. */
const SHARED_SECONDS = 0.5;

/** Throws PROCESS_NOT_FOUND when there is no such process now. */
export async function connectProcess(options: ProcessOptions, environment: Environment): Promise<ProcessConnection> {
  const first = await resolveProcesses(environment.proc, options);
  if (typeof first === 'string') throw new PitwallError('PROCESS_NOT_FOUND', { reason: first });
  const start = first.members.find((member) => member.pid === options.pid)?.startTicks;
  let last: { readonly at: number; readonly found: Promise<Resolved | string> } | undefined;

  return {
    async current({ proc, now }) {
      const at = now();
      if (!last || Math.abs(at - last.at) >= SHARED_SECONDS) last = { at, found: resolveProcesses(proc, options) };
      const found = await last.found;
      if (options.pid === undefined || typeof found === 'string') return found;
      const member = found.members.find((candidate) => candidate.pid === options.pid);
      return member?.startTicks === start ? found : `process ${options.pid} has ended, and another has its number now`;
    },
  };
}

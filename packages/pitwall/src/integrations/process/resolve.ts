import { commandLineOf } from '../_proc/describe.ts';
import { findListeners } from '../_proc/listeners.ts';
import { ownLineage, type ProcessStat, readProcessTable, withDescendants } from '../_proc/process-table.ts';
import type { ProcessOptions } from './options.ts';

/** The service's processes at one moment. */
export interface Resolved {
  /** Those that the options name, lowest pid first. */
  readonly roots: readonly number[];
  /** Roots and all their descendants. */
  readonly members: readonly ProcessStat[];
  /** The whole table it was found in. */
  readonly table: readonly ProcessStat[];
}

/** Finds the processes now. A string says why there are none. */
export async function resolveProcesses(proc: string, options: ProcessOptions): Promise<Resolved | string> {
  // Listeners first: a worker that is forked while we look has then its parent among them, and is found as its child.
  const named = options.port === undefined ? null : await findListeners(proc, options.port);
  const table = await readProcessTable(proc);
  if (table.length === 0) return `${proc} lists no processes`;
  const own = await ownLineage(proc, table);

  let roots: readonly number[];
  if (named) {
    if (!named.listening) return `nothing listens on port ${options.port}`;
    if (named.pids.length === 0) return `the process that listens on port ${options.port} may not be inspected`;
    roots = named.pids;
  } else if (options.pid !== undefined) {
    roots = [options.pid];
  } else {
    roots = await matching(proc, table, options.match ?? '', own);
  }

  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  roots = roots.filter((pid) => byPid.has(pid));
  if (roots.length === 0) {
    return options.match === undefined
      ? `process ${options.pid ?? ''} has ended`.replace('  ', ' ')
      : `no command line contains "${options.match}"`;
  }
  // We may descend from the service (started from its shell): our own use is not its.
  const [self] = own;
  const pids = withDescendants(table, roots).filter((pid) => pid !== self || roots.includes(pid));
  return { roots, members: pids.map((pid) => byPid.get(pid)!), table };
}

/** Our own command line has the text in it, too, as has the shell's that started us: neither is the service. */
async function matching(
  proc: string,
  table: readonly ProcessStat[],
  text: string,
  own: ReadonlySet<number>,
): Promise<number[]> {
  const found: number[] = [];
  for (const { pid } of table) {
    if (!own.has(pid) && (await commandLineOf(proc, pid)).join(' ').includes(text)) found.push(pid);
  }
  return found;
}

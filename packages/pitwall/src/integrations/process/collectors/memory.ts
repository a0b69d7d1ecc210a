import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, parseKeyed, readText, textOf } from '../../_proc/read.ts';
import { sample } from '../../_proc/window.ts';
import type { ProcessConnection } from '../connection.ts';

/** Bytes from the kibibytes of /proc/PID/status. A zombie has no memory lines left, and no memory. */
export function parseMemory(status: string): { readonly resident: number; readonly swapped: number } {
  const kibibytes = parseKeyed(status);
  return { resident: (kibibytes.get('VmRSS') ?? 0) * 1024, swapped: (kibibytes.get('VmSwap') ?? 0) * 1024 };
}

/** Bytes of proportional set size from /proc/PID/smaps_rollup; null when the text has none. */
export function parsePss(rollup: string): number | null {
  const kibibytes = parseKeyed(rollup).get('Pss');
  return kibibytes === undefined ? null : kibibytes * 1024;
}

/**
 * RSS counts a page once for each process that shares it, so of a pre-forking server it sums to more than is used; PSS
 * divides shared pages by their users. PSS needs the rights of the process's owner.
 */
export const memory = defineCollector<ProcessConnection>({
  id: 'memory',
  title: 'Memory of the service',
  kind: 'collector',
  timeLimit: 10,
  watchesLoad: true,
  async collect(connection, { environment }) {
    const { proc } = environment;
    const found = await connection.current(environment);
    if (typeof found === 'string') return { gaps: [notMeasurable('process.memory', found)] };
    let resident = 0;
    let swapped = 0;
    let seen = 0;
    let pss: number | null = 0;
    let whyNoPss = 'smaps_rollup has no Pss line';
    for (const { pid, state } of found.members) {
      const status = await textOf(join(proc, String(pid), 'status'));
      // Ended since the table was read: no error.
      if (status === null) continue;
      const use = parseMemory(status);
      seen++;
      resident += use.resident;
      swapped += use.swapped;
      // Without resident memory (zombies) there is nothing to divide, and reading it fails.
      if (pss === null || state === 'Z' || use.resident === 0) continue;
      const rollup = await readText(join(proc, String(pid), 'smaps_rollup'));
      const share = rollup.text === null ? null : parsePss(rollup.text);
      if (rollup.text === null) whyNoPss = rollup.why;
      pss = share === null ? null : pss + share;
    }
    if (seen === 0) return { gaps: [notMeasurable('process.memory', 'all processes of the service have ended')] };
    const at = environment.now();
    const samples: Sample[] = [
      sample('process.memory.usage', at, resident),
      sample('process.memory.swap', at, swapped),
    ];
    const gaps: Gap[] = [];
    if (pss === null) gaps.push(notMeasurable('process.memory.pss', whyNoPss));
    else samples.push(sample('process.memory.pss', at, pss));
    return { samples, gaps };
  },
});

import { join } from 'node:path';
import type { Environment } from '../../model/integration.ts';
import type { Counter } from '../../model/ledger.ts';
import { parsePressure, readPressure } from '../_proc/pressure.ts';
import { TICKS_PER_SECOND } from '../_proc/process-table.ts';
import { textOf } from '../_proc/read.ts';
import { parseCpuTimes } from './collectors/cpu.ts';

const STALLS = {
  cpu: 'Stalled for a CPU (PSI)',
  memory: 'Stalled for memory (PSI)',
  io: 'Stalled for I/O (PSI)',
} as const;

/** CPU time of the whole host, and the time in which at least one task of it waited for CPU, memory or I/O. */
export async function hostLedger({ proc }: Environment): Promise<Counter[]> {
  const all = parseCpuTimes((await textOf(join(proc, 'stat'))) ?? '').all;
  const pressure = await readPressure((resource) => join(proc, 'pressure', resource));
  const counter = (name: string, title: string, value: number): Counter => ({
    name,
    title,
    unit: 's',
    labels: {},
    value,
  });
  const stalls = (['cpu', 'memory', 'io'] as const).flatMap((resource) => {
    const { text } = pressure[resource];
    const stalled = text === null ? null : parsePressure(text);
    return stalled ? [counter(`host.${resource}.pressure`, STALLS[resource], stalled.some)] : [];
  });
  if (all === null) return stalls;
  const busy = (all.total - all.idle - all.iowait - all.steal) / TICKS_PER_SECOND;
  return [counter('host.cpu.time', 'CPU time of the host, all processes', busy), ...stalls];
}

import type { Environment } from '../../model/integration.ts';
import type { Counter } from '../../model/ledger.ts';
import { readCgroupPressure } from '../_proc/cgroup.ts';
import { parsePressure } from '../_proc/pressure.ts';
import type { ProcessConnection } from './connection.ts';
import { ServiceCounters, type ServiceTotals } from './service-counters.ts';

interface Watched {
  readonly counters: ServiceCounters;
  /** Whether its cgroup keeps pressure of its own: null until that was tried. */
  hasPressure: boolean | null;
}

const watched = new WeakMap<ProcessConnection, Watched>();

/** What the processes of the service have used up since this was first asked. Empty when there are none. */
export async function processLedger(connection: ProcessConnection, environment: Environment): Promise<Counter[]> {
  const watch = watched.get(connection) ?? { counters: new ServiceCounters(connection), hasPressure: null };
  watched.set(connection, watch);
  const totals = await watch.counters.read(environment);
  if (totals === null) return [];
  const stalls = watch.hasPressure === false ? [] : await stallsOf(environment, totals.root);
  watch.hasPressure ??= stalls.length > 0;
  return [...countersOf(totals), ...stalls];
}

const STALLS = [
  ['cpu', 'Stalled for a CPU in its cgroup (PSI)'],
  ['memory', 'Stalled for memory in its cgroup (PSI)'],
  ['io', 'Stalled for I/O in its cgroup (PSI)'],
] as const;

/** Time in which at least one task of the service's own cgroup waited; the host's has that of all. */
async function stallsOf({ proc, sys }: Environment, pid: number): Promise<Counter[]> {
  const pressure = await readCgroupPressure(proc, sys, pid);
  return STALLS.flatMap(([resource, title]) => {
    const { text } = pressure[resource];
    const stalled = text === null ? null : parsePressure(text);
    return stalled === null ? [] : counter(`${resource}.pressure`, title, 's', stalled.some);
  });
}

function counter(name: string, title: string, unit: Counter['unit'], value: number | null, grain = 0): Counter[] {
  if (value === null) return [];
  return [{ name: `process.${name}`, title, unit, labels: {}, value, ...(grain === 0 ? {} : { grain }) }];
}

/** What cannot be told here is left out. */
function countersOf(totals: ServiceTotals): Counter[] {
  return [
    ...counter('cpu.time', 'CPU time', 's', totals.cpuSeconds, totals.cpuGrain),
    ...counter('context-switches.voluntary', 'Context switches, to wait', '{count}', totals.voluntary),
    ...counter('context-switches.involuntary', 'Context switches, preempted', '{count}', totals.involuntary),
    ...counter('run-queue.waiting', 'Waiting for a CPU', 's', totals.waitSeconds),
    ...counter('page-faults.minor', 'Page faults without disk', '{count}', totals.minorFaults),
    ...counter('page-faults.major', 'Page faults from disk', '{count}', totals.majorFaults),
    ...counter('io.read', 'Read from storage', 'By', totals.bytesRead),
    ...counter('io.write', 'Written to storage', 'By', totals.bytesWritten),
  ];
}

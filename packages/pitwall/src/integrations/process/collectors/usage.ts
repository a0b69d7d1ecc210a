import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Environment } from '../../../model/integration.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { cpuCount, TICKS_PER_SECOND } from '../../_proc/process-table.ts';
import { notMeasurable, textOf } from '../../_proc/read.ts';
import { overWindow, sample } from '../../_proc/window.ts';
import type { ProcessConnection } from '../connection.ts';
import { grownBetween, type ProcessCounters, readCounters } from '../counters.ts';

interface Snapshot {
  /** A string says why there are no processes. */
  readonly processes: readonly ProcessCounters[] | string;
  /** Seconds since boot; null when not readable. */
  readonly uptime: number | null;
  readonly cpus: number | null;
}

async function read(connection: ProcessConnection, environment: Environment): Promise<Snapshot> {
  const { proc } = environment;
  const [found, uptime, stat] = await Promise.all([
    connection.current(environment),
    textOf(join(proc, 'uptime')),
    textOf(join(proc, 'stat')),
  ]);
  const seconds = Number.parseFloat(uptime ?? '');
  const base = { uptime: Number.isFinite(seconds) ? seconds : null, cpus: stat === null ? null : cpuCount(stat) };
  if (typeof found === 'string') return { ...base, processes: found };
  const processes: ProcessCounters[] = [];
  for (const { pid } of found.members) {
    const counters = await readCounters(proc, pid);
    // Ended since the table was read: no error.
    if (counters) processes.push(counters);
  }
  return { ...base, processes };
}

/** CPU, threads, context switches, waiting for a CPU and I/O of the service's processes, over the window. */
export const usage = defineCollector<ProcessConnection>({
  id: 'usage',
  title: 'CPU, threads, context switches and I/O of the service',
  kind: 'collector',
  timeLimit: 10,
  watchesLoad: true,
  async collect(connection, context) {
    const { before, after, elapsed, at } = await overWindow(context, () => read(connection, context.environment));
    if (typeof after.processes === 'string') return { gaps: [notMeasurable('process', after.processes)] };
    const samples: Sample[] = [
      sample('process.count', at, after.processes.length),
      sample('process.threads', at, sum(after.processes.map((entry) => entry.stat.threads))),
    ];
    if (typeof before.processes === 'string') {
      return { samples, gaps: [notMeasurable('process rates', `at the start of the window, ${before.processes}`)] };
    }
    const known = new Map(before.processes.map((entry) => [keyOf(entry), entry]));
    const pairs = after.processes.flatMap((entry) => {
      const earlier = known.get(keyOf(entry));
      // Started within the window: all that it has counted happened within it.
      const started = entry.stat.startTicks / TICKS_PER_SECOND;
      return earlier || (before.uptime !== null && started >= before.uptime - 0.01) ? [{ earlier, later: entry }] : [];
    });
    if (pairs.length === 0) {
      return { samples, gaps: [notMeasurable('process rates', 'no process of the service lived through the window')] };
    }
    const grown = pairs.map(({ earlier, later }) => grownBetween(earlier, later));
    const gaps: Gap[] = [];
    const cores = grown.map((entry) => entry.cpuSeconds / elapsed);
    samples.push(sample('process.cpu.cores', at, sum(cores)));
    samples.push(sample('process.cpu.busiest.cores', at, Math.max(...cores)));
    if (after.cpus) samples.push(sample('process.cpu.utilization', at, sum(cores) / after.cpus));
    else gaps.push(notMeasurable('process.cpu.utilization', 'the number of CPUs is not readable'));

    const rates = [
      ['process.context-switches.voluntary', 'voluntary', 'the counters of its threads are not readable'],
      ['process.context-switches.involuntary', 'involuntary', 'the counters of its threads are not readable'],
      [
        'process.run-queue.waiting',
        'waitSeconds',
        'the kernel keeps no run-queue times (schedstat is missing or zero)',
      ],
      ['process.io.read', 'bytesRead', '/proc/PID/io may not be read by this user'],
      ['process.io.write', 'bytesWritten', '/proc/PID/io may not be read by this user'],
    ] as const;
    for (const [name, key, why] of rates) {
      const values = grown.map((entry) => entry[key]);
      // A sum over some of the processes would look like a smaller whole.
      if (values.includes(null)) gaps.push(notMeasurable(name, why));
      else samples.push(sample(name, at, sum(values as number[]) / elapsed));
    }
    return { samples, gaps };
  },
});

function keyOf({ stat }: ProcessCounters): string {
  return `${stat.pid}@${stat.startTicks}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

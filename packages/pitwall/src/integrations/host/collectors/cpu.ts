import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Collected } from '../../../model/integration.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, parseKeyed, type Reading, readText } from '../../_proc/read.ts';
import { overWindow, sample, type Window } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** CPU time so far, in ticks of 1/100 s. Format: https://man7.org/linux/man-pages/man5/proc_stat.5.html */
export interface CpuTime {
  /** All modes. `guest` is left out: the kernel counts it in `user` already. */
  readonly total: number;
  readonly idle: number;
  readonly iowait: number;
  readonly steal: number;
}

export interface CpuTimes {
  readonly all: CpuTime | null;
  /** By CPU number; only those online. */
  readonly cores: ReadonlyMap<string, CpuTime>;
}

export function parseCpuTimes(text: string): CpuTimes {
  let all: CpuTime | null = null;
  const cores = new Map<string, CpuTime>();
  for (const line of text.split('\n')) {
    const match = /^cpu(\d*)\s+(.*)$/.exec(line);
    if (!match) continue;
    // user nice system idle iowait irq softirq steal guest guest_nice; old kernels end earlier.
    const fields = match[2]!.trim().split(/\s+/).map(Number).slice(0, 8);
    const at = (index: number) => fields[index] ?? 0;
    const time = { total: fields.reduce((sum, ticks) => sum + ticks, 0), idle: at(3), iowait: at(4), steal: at(7) };
    if (match[1] === '') all = time;
    else cores.set(match[1]!, time);
  }
  return { all, cores };
}

interface Shares {
  readonly utilization: number;
  readonly iowait: number;
  readonly steal: number;
}

/**
 * Shares of the window, 0–1. Waiting for a disk leaves the CPU free, so iowait counts as idle; steal counts as used, since
 * the CPU was not ours to use. Null when no tick passed. The kernel's idle and iowait may step back a little: never below 0.
 */
export function cpuShares(before: CpuTime, after: CpuTime): Shares | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  const part = (name: 'idle' | 'iowait' | 'steal') => Math.min(1, Math.max(0, (after[name] - before[name]) / total));
  const utilization = Math.max(0, 1 - part('idle') - part('iowait'));
  return { utilization, iowait: part('iowait'), steal: part('steal') };
}

function derive(window: Window<Reading>): Collected {
  const { before, after, at } = window;
  if (before.text === null || after.text === null) {
    return { gaps: [notMeasurable('host.cpu', before.why ?? after.why ?? 'no reading')] };
  }
  const [first, second] = [parseCpuTimes(before.text), parseCpuTimes(after.text)];
  const all = first.all && second.all ? cpuShares(first.all, second.all) : null;
  if (!all) return { gaps: [notMeasurable('host.cpu', '/proc/stat has no CPU times that advance')] };
  const samples: Sample[] = [
    sample('host.cpu.utilization', at, all.utilization),
    sample('host.cpu.iowait', at, all.iowait),
    sample('host.cpu.steal', at, all.steal),
  ];
  const gaps: Gap[] = [];
  let busiest: number | null = null;
  for (const [core, time] of second.cores) {
    const earlier = first.cores.get(core);
    const shares = earlier ? cpuShares(earlier, time) : null;
    if (!shares) {
      gaps.push(
        notMeasurable(`host.cpu.core.utilization of CPU ${core}`, 'it came online within the window or stood still'),
      );
      continue;
    }
    busiest = Math.max(busiest ?? 0, shares.utilization);
    samples.push(
      sample('host.cpu.core.utilization', at, shares.utilization, { core }),
      sample('host.cpu.core.iowait', at, shares.iowait, { core }),
      sample('host.cpu.core.steal', at, shares.steal, { core }),
    );
  }
  if (busiest !== null) samples.push(sample('host.cpu.busiest.utilization', at, busiest));
  const blocked = parseKeyed(after.text).get('procs_blocked');
  if (blocked !== undefined) samples.push(sample('host.processes.blocked', at, blocked));
  return { samples, gaps };
}

export const cpu = defineCollector<HostConnection>({
  id: 'cpu',
  title: 'CPU time, all and per core',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    return derive(await overWindow(context, () => readText(join(context.environment.proc, 'stat'))));
  },
});

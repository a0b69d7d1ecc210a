import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, parseKeyed, type Reading, readText } from '../../_proc/read.ts';
import { growth, overWindow, sample, type Window } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** Counters of /proc/vmstat that become rates; a name that ends in `_` stands for the sum of all that begin so. */
const RATES: readonly { readonly name: string; readonly counters: readonly string[] }[] = [
  { name: 'host.memory.major-faults', counters: ['pgmajfault'] },
  { name: 'host.memory.swap-in', counters: ['pswpin'] },
  { name: 'host.memory.swap-out', counters: ['pswpout'] },
  { name: 'host.memory.direct-reclaim', counters: ['pgscan_direct'] },
  // One counter until Linux 5.8, one each for file and anonymous pages since.
  { name: 'host.memory.refaults', counters: ['workingset_refault', 'workingset_refault_'] },
];

/** Sum of counters by name or prefix; undefined when the kernel has none of them. */
export function sumOf(values: ReadonlyMap<string, number>, names: readonly string[]): number | undefined {
  let sum: number | undefined;
  for (const [name, value] of values) {
    if (names.some((wanted) => name === wanted || (wanted.endsWith('_') && name.startsWith(wanted)))) {
      sum = (sum ?? 0) + value;
    }
  }
  return sum;
}

/** Use of memory and swap. Shares 0–1, sizes in bytes. Format: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html */
export function memoryUse(text: string): {
  readonly utilization: number | null;
  readonly available: number | null;
  readonly swapUtilization: number | null;
  readonly swapTotal: number | null;
} {
  const kibibytes = parseKeyed(text);
  const bytes = (name: string) => (kibibytes.has(name) ? kibibytes.get(name)! * 1024 : null);
  const [total, available, swapTotal, swapFree] = ['MemTotal', 'MemAvailable', 'SwapTotal', 'SwapFree'].map(bytes);
  return {
    // MemAvailable, not MemFree: page cache that can be dropped is not used up.
    utilization: total && available != null ? 1 - available / total : null,
    available: available ?? null,
    swapUtilization: swapTotal && swapFree != null ? 1 - swapFree / swapTotal : null,
    swapTotal: swapTotal ?? null,
  };
}

function useSamples(reading: Reading, at: number, samples: Sample[], gaps: Gap[]): void {
  if (reading.text === null) {
    gaps.push(notMeasurable('host.memory.utilization', reading.why));
    return;
  }
  const use = memoryUse(reading.text);
  if (use.utilization === null || use.available === null) {
    gaps.push(notMeasurable('host.memory.utilization', 'the kernel does not say how much memory is available'));
  } else {
    samples.push(sample('host.memory.utilization', at, use.utilization));
    samples.push(sample('host.memory.available', at, use.available));
  }
  if (use.swapUtilization !== null) samples.push(sample('host.swap.utilization', at, use.swapUtilization));
  else gaps.push(notMeasurable('host.swap.utilization', use.swapTotal === 0 ? 'no swap is set up' : 'no swap figures'));
}

function counterSamples(window: Window<Reading>, samples: Sample[], gaps: Gap[]): void {
  const { before, after, elapsed, at } = window;
  const first = parseKeyed(before.text ?? '');
  const second = parseKeyed(after.text ?? '');
  const missing = before.why ?? after.why ?? 'the kernel does not count it';
  for (const { name, counters } of RATES) {
    const grown = growth(sumOf(first, counters), sumOf(second, counters));
    if (grown === null) gaps.push(notMeasurable(name, missing));
    else samples.push(sample(name, at, grown / elapsed));
  }
  const kills = growth(first.get('oom_kill'), second.get('oom_kill'));
  if (kills === null) gaps.push(notMeasurable('host.memory.oom-kills', missing));
  else samples.push(sample('host.memory.oom-kills', at, kills));
}

export const memory = defineCollector<HostConnection>({
  id: 'memory',
  title: 'Memory, swap and reclaim',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const { environment } = context;
    const window = await overWindow(context, () => readText(join(environment.proc, 'vmstat')));
    const samples: Sample[] = [];
    const gaps: Gap[] = [];
    useSamples(await readText(join(environment.proc, 'meminfo')), window.at, samples, gaps);
    counterSamples(window, samples, gaps);
    return { samples, gaps };
  },
});

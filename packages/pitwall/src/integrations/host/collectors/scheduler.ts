import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import { notMeasurable, readText } from '../../_proc/read.ts';
import { growth, overWindow, sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/**
 * Seconds that tasks spent ready to run and waiting for a CPU, summed over CPUs, or null when the text has none.
 * Field 8 of a `cpuN` line, in nanoseconds. Format: https://docs.kernel.org/scheduler/sched-stats.html
 */
export function parseRunDelay(text: string): { readonly seconds: number; readonly cpus: number } | null {
  const lines = text.split('\n').filter((line) => /^cpu\d/.test(line));
  const waits = lines.map((line) => Number(line.split(/\s+/)[8]));
  if (waits.length === 0 || !waits.every(Number.isFinite)) return null;
  return { seconds: waits.reduce((sum, wait) => sum + wait, 0) / 1e9, cpus: waits.length };
}

/** Many kernels are built without scheduler statistics; then pressure (PSI) says the same. */
export const scheduler = defineCollector<HostConnection>({
  id: 'scheduler',
  title: 'Time that tasks wait for a CPU',
  kind: 'collector',
  timeLimit: 5,
  async collect(_connection, context) {
    const name = 'host.cpu.run-queue.waiting';
    const window = await overWindow(context, () => readText(join(context.environment.proc, 'schedstat')));
    const { before, after } = window;
    if (before.text === null || after.text === null) {
      return { gaps: [notMeasurable(name, before.why ?? after.why ?? 'no reading')] };
    }
    const [first, second] = [parseRunDelay(before.text), parseRunDelay(after.text)];
    const waited = growth(first?.seconds, second?.seconds);
    if (waited === null || !second) return { gaps: [notMeasurable(name, 'schedstat has no run-queue times')] };
    if (second.seconds === 0) return { gaps: [notMeasurable(name, 'the kernel keeps no run-queue times (all zero)')] };
    // Seconds waited per second are the mean number of tasks waiting (Little's law); per CPU to compare machines.
    return { samples: [sample(name, window.at, waited / window.elapsed / second.cpus)] };
  },
});

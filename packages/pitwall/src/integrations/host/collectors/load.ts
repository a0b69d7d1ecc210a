import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import { notMeasurable, readText } from '../../_proc/read.ts';
import { sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

const PERIODS = ['1m', '5m', '15m'] as const;

/** The three averages, or null. Format: https://man7.org/linux/man-pages/man5/proc_loadavg.5.html */
export function parseLoadAverages(text: string): readonly [number, number, number] | null {
  const [one, five, fifteen] = text.split(' ').slice(0, 3).map(Number.parseFloat);
  if (one === undefined || five === undefined || fifteen === undefined) return null;
  return [one, five, fifteen].every(Number.isFinite) ? [one, five, fifteen] : null;
}

export const load = defineCollector<HostConnection>({
  id: 'load',
  title: 'Load averages',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, { environment }) {
    const { text, why } = await readText(join(environment.proc, 'loadavg'));
    const averages = text === null ? null : parseLoadAverages(text);
    if (!averages) return { gaps: [notMeasurable('host.load.average', why ?? 'loadavg has an unknown format')] };
    const at = environment.now();
    return { samples: PERIODS.map((period, index) => sample('host.load.average', at, averages[index]!, { period })) };
  },
});

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../../errors.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Environment } from '../../../model/integration.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, type Reading, readText } from '../../_proc/read.ts';
import { growth, overWindow, sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** Counters of one block device. Format: https://docs.kernel.org/admin-guide/iostats.html */
export interface DiskCounters {
  readonly operations: number;
  /** Seconds that all operations took together, queueing included. */
  readonly operationSeconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Seconds in which anything was in flight. */
  readonly busySeconds: number;
  /** Seconds times operations in flight. */
  readonly weightedSeconds: number;
}

/** The kernel counts sectors of 512 bytes here, whatever the device's own are. */
const SECTOR = 512;

export function parseDiskstats(text: string): ReadonlyMap<string, DiskCounters> {
  const disks = new Map<string, DiskCounters>();
  for (const line of text.split('\n')) {
    const [, , name, ...rest] = line.trim().split(/\s+/);
    const counters = rest.map(Number);
    if (name === undefined || counters.length < 11) continue;
    // at(n) is "field n" of the kernel's documentation.
    const at = (field: number) => counters[field - 1]!;
    disks.set(name, {
      operations: at(1) + at(5),
      operationSeconds: (at(4) + at(8)) / 1000,
      bytesRead: at(3) * SECTOR,
      bytesWritten: at(7) * SECTOR,
      busySeconds: at(10) / 1000,
      weightedSeconds: at(11) / 1000,
    });
  }
  return disks;
}

/**
 * Whether a name is a device of its own. /sys gives hardware and virtual disks a `device`; partitions, loop, ram, zram,
 * md and device-mapper (whose I/O shows on the disks below them) have none.
 */
async function isRealDisk(sys: string, name: string): Promise<boolean> {
  // A slash in a device's name stands as `!` in /sys.
  return access(join(sys, 'block', name.replaceAll('/', '!'), 'device')).then(
    () => true,
    () => false,
  );
}

function diskSamples(
  name: string,
  first: DiskCounters,
  second: DiskCounters,
  elapsed: number,
  at: number,
): Sample[] | null {
  const grown = (key: keyof DiskCounters) => growth(first[key], second[key]);
  const [busy, weighted, operations, seconds] = [
    grown('busySeconds'),
    grown('weightedSeconds'),
    grown('operations'),
    grown('operationSeconds'),
  ];
  const [read, written] = [grown('bytesRead'), grown('bytesWritten')];
  if ([busy, weighted, operations, seconds, read, written].includes(null)) return null;
  const labels = { disk: printable(name) };
  const samples = [
    sample('host.disk.utilization', at, Math.min(1, busy! / elapsed), labels),
    sample('host.disk.queue', at, weighted! / elapsed, labels),
    sample('host.disk.read', at, read! / elapsed, labels),
    sample('host.disk.write', at, written! / elapsed, labels),
  ];
  // A disk that did nothing has no time per operation; zero would look like a very fast one.
  if (operations! > 0) samples.push(sample('host.disk.await', at, seconds! / operations!, labels));
  return samples;
}

async function derive(environment: Environment, before: Reading, after: Reading, elapsed: number, at: number) {
  const samples: Sample[] = [];
  const gaps: Gap[] = [];
  if (before.text === null || after.text === null) {
    return { gaps: [notMeasurable('host.disk', before.why ?? after.why ?? 'no reading')] };
  }
  const first = parseDiskstats(before.text);
  let real = 0;
  for (const [name, counters] of parseDiskstats(after.text)) {
    if (!(await isRealDisk(environment.sys, name))) continue;
    real++;
    const earlier = first.get(name);
    const found = earlier ? diskSamples(name, earlier, counters, elapsed, at) : null;
    if (!found) gaps.push(notMeasurable(`host.disk of ${name}`, 'its counters do not span the window'));
    else {
      samples.push(...found);
      if (!found.some((entry) => entry.name === 'host.disk.await')) {
        gaps.push(notMeasurable(`host.disk.await of ${name}`, 'no I/O completed within the window'));
      }
    }
  }
  if (real === 0) gaps.push(notMeasurable('host.disk', 'no disk with a device below /sys/block is visible'));
  return { samples, gaps };
}

export const disk = defineCollector<HostConnection>({
  id: 'disk',
  title: 'Disks: time per operation, queue, utilisation',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const { environment } = context;
    const window = await overWindow(context, () => readText(join(environment.proc, 'diskstats')));
    return derive(environment, window.before, window.after, window.elapsed, window.at);
  },
});

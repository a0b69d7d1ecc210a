import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { textOf } from '../../_proc/read.ts';
import type { DiskKind } from '../facts/server.ts';

/** Disks of virtual machines: many say that they turn, whatever is below them. */
const VIRTUAL = /^(vd|xvd)/;

/**
 * What is under a folder, as a process sees it. Null where the kernel does not tell: file systems of containers, networks and
 * virtual disks that may or may not turn. https://docs.kernel.org/block/queue-sysfs.html
 */
export async function diskUnder(proc: string, sys: string, pid: number, folder: string): Promise<DiskKind | null> {
  const device = deviceOf((await textOf(join(proc, String(pid), 'mountinfo'))) ?? '', folder);
  if (device === null || device.startsWith('0:')) return null;
  const place = `${sys}/dev/block/${device}`;
  const name = await readlink(place).then(basename, () => '');
  // A partition has no queue: its disk, one folder up, has. Not `join`, which would take the `..` before the link is followed.
  const turns = (await textOf(`${place}/queue/rotational`)) ?? (await textOf(`${place}/../queue/rotational`));
  if (turns === null) return null;
  if (turns.trim() === '0') return name.startsWith('nvme') ? 'nvme' : 'ssd';
  return VIRTUAL.test(name) ? null : 'hdd';
}

/** `8:1` of the mount that holds the folder. Format: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
export function deviceOf(mounts: string, folder: string): string | null {
  let best: { readonly point: string; readonly device: string } | null = null;
  for (const line of mounts.split('\n')) {
    const [, , device, , raw] = line.split(' ');
    if (device === undefined || raw === undefined) continue;
    const point = raw.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
    const holds = folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`);
    // A later mount at the same place hides the earlier one.
    if (holds && point.length >= (best?.point.length ?? 0)) best = { point, device };
  }
  return best?.device ?? null;
}

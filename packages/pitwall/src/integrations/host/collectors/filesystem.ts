import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../../errors.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Fact, Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, readText } from '../../_proc/read.ts';
import { sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

export interface Mount {
  readonly device: string;
  readonly path: string;
  readonly type: string;
  readonly readOnly: boolean;
  /** Served over a network, or by a program: `statfs` on it can hang for as long as the server is away. */
  readonly remote: boolean;
}

const REMOTE = /^(nfs4?|cifs|smb3|ceph|9p|afs|glusterfs|lustre|beegfs|fuse(\..*)?|fuseblk)$/;
/** Not on a block device, and can fill up nevertheless. */
const DEVICELESS = /^(zfs|virtiofs|bcachefs)$/;
/** Images: always full, by design. */
const IMAGES = /^(squashfs|iso9660|erofs|cramfs|udf)$/;
/** Programs that show something else than storage. */
const NOT_STORAGE = /^fuse\.(gvfsd-fuse|portal|lxcfs|snapfuse|squashfuse)$/;

/** Filesystems that store something, each device once (bind mounts repeat it), those that can hang last. */
export function parseMounts(text: string): readonly Mount[] {
  const byDevice = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device, path, type, options] = line.split(' ').map(unescapeOctal);
    if (device === undefined || path === undefined || type === undefined) continue;
    const remote = REMOTE.test(type) && !NOT_STORAGE.test(type);
    // The root of a container is an overlay: it is where the container's data goes.
    const local = device.startsWith('/') || DEVICELESS.test(type) || (type === 'overlay' && path === '/');
    if (IMAGES.test(type) || NOT_STORAGE.test(type) || !(remote || local)) continue;
    const mount = { device, path, type, readOnly: (options ?? '').split(',').includes('ro'), remote };
    const known = byDevice.get(device);
    // Of several mounts of a device the shortest path is the filesystem, the others are parts of it bound elsewhere.
    if (!known || path.length < known.path.length) byDevice.set(device, mount);
  }
  return [...byDevice.values()].sort((a, b) => Number(a.remote) - Number(b.remote));
}

/** Spaces, tabs, newlines and backslashes stand as three octal digits. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Shares 0–1 as `df` computes them: of the space that users without special rights can have. Null where not counted. */
export function filesystemUse(stats: Pick<StatsFs, 'bsize' | 'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree'>): {
  readonly utilization: number | null;
  readonly availableBytes: number;
  readonly sizeBytes: number;
  readonly inodeUtilization: number | null;
} {
  const used = stats.blocks - stats.bfree;
  return {
    utilization: used + stats.bavail > 0 ? used / (used + stats.bavail) : null,
    availableBytes: stats.bavail * stats.bsize,
    sizeBytes: stats.blocks * stats.bsize,
    // Btrfs and others make inodes as they go and report none.
    inodeUtilization: stats.files > 0 ? (stats.files - stats.ffree) / stats.files : null,
  };
}

/** Seconds that one filesystem may take to answer. */
const PATIENCE = 2;

/** Undefined when it did not answer in time. Rejects when the filesystem answers with an error. */
export async function statfsWithin(
  path: string,
  hanging: Set<string>,
  ask: (path: string) => Promise<StatsFs> = statfs,
  seconds: number = PATIENCE,
): Promise<StatsFs | undefined> {
  hanging.add(path);
  const answer = ask(path).finally(() => hanging.delete(path));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // When it answers after all, with an error, nobody is there to hear it.
    answer.catch(() => {});
  }
}

export const filesystem = defineCollector<HostConnection>({
  id: 'filesystem',
  title: 'Filesystems: bytes and inodes',
  kind: 'collector',
  timeLimit: 15,
  async collect({ hanging }, { environment, signal }) {
    const { text, why } = await readText(join(environment.proc, 'mounts'));
    if (text === null) return { gaps: [notMeasurable('host.filesystem', why)] };
    const samples: Sample[] = [];
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    for (const mount of parseMounts(text)) {
      signal.throwIfAborted();
      const path = printable(mount.path);
      const what = `host.filesystem at ${path}`;
      // A call that hangs keeps one of Node's four I/O threads: never have two of them.
      if (hanging.size > 0) {
        gaps.push(notMeasurable(what, `not asked, because ${printable([...hanging].join(', '))} does not answer`));
        continue;
      }
      try {
        const stats = await statfsWithin(mount.path, hanging);
        if (!stats) {
          gaps.push(notMeasurable(what, `no answer within ${PATIENCE} s`));
          continue;
        }
        const use = filesystemUse(stats);
        const at = environment.now();
        const labels = { mount: path };
        samples.push(sample('host.filesystem.available', at, use.availableBytes, labels));
        if (use.utilization !== null) samples.push(sample('host.filesystem.utilization', at, use.utilization, labels));
        if (use.inodeUtilization !== null) {
          samples.push(sample('host.filesystem.inode.utilization', at, use.inodeUtilization, labels));
        } else gaps.push(notMeasurable(`${what}: inodes`, `${printable(mount.type)} does not count them`));
        facts.push({
          kind: 'host.filesystem',
          key: path,
          value: {
            device: printable(mount.device),
            type: printable(mount.type),
            readOnly: mount.readOnly,
            sizeBytes: use.sizeBytes,
          },
        });
      } catch (error) {
        gaps.push(notMeasurable(what, `statfs failed (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`));
      }
    }
    if (samples.length === 0 && gaps.length === 0) gaps.push(notMeasurable('host.filesystem', 'no storage is mounted'));
    return { samples, facts, gaps };
  },
});

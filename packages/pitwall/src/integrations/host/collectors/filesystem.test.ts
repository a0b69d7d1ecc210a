import assert from 'node:assert/strict';
import { type StatsFs, statfsSync } from 'node:fs';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, valueIn } from '../../_proc/testing.ts';
import { filesystem, filesystemUse, parseMounts, statfsWithin } from './filesystem.ts';

const MOUNTS = `proc /proc proc rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
server:/export /mnt/nfs nfs4 rw 0 0
/dev/sda1 /srv/data/bound ext4 rw 0 0
/dev/sda1 / ext4 rw,relatime 0 0
/dev/sdb1 /mnt/with\\040space xfs ro,noatime 0 0
/dev/loop3 /snap/core squashfs ro 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
tank/data /tank zfs rw 0 0
portal /run/user/1000/doc fuse.portal rw 0 0
`;

test('only what stores something, each device once by its shortest path, network last', () => {
  assert.deepEqual(
    parseMounts(MOUNTS).map((mount) => [mount.path, mount.type, mount.remote, mount.readOnly]),
    [
      ['/', 'ext4', false, false],
      ['/mnt/with space', 'xfs', false, true],
      ['/tank', 'zfs', false, false],
      ['/mnt/nfs', 'nfs4', true, false],
    ],
  );
  assert.deepEqual(
    parseMounts('overlay / overlay rw 0 0\n').map((mount) => mount.path),
    ['/'],
  );
});

test('use is counted as df does, space kept for root is not available', () => {
  const use = filesystemUse({ bsize: 4096, blocks: 1000, bfree: 200, bavail: 100, files: 50, ffree: 5 });
  assert.ok(Math.abs((use.utilization ?? 0) - 800 / 900) < 1e-9);
  assert.equal(use.availableBytes, 409600);
  assert.equal(use.inodeUtilization, 0.9);
  assert.equal(filesystemUse({ bsize: 1, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 }).inodeUtilization, null);
});

test('a filesystem that never answers is left, remembered, and forgotten when it answers', async () => {
  const hanging = new Set<string>();
  let answer: (stats: StatsFs) => void = () => {};
  const never = new Promise<StatsFs>((resolve) => {
    answer = resolve;
  });
  assert.equal(await statfsWithin('/mnt/nfs', hanging, () => never, 0.01), undefined);
  assert.deepEqual([...hanging], ['/mnt/nfs']);
  answer(statfsSync('/'));
  await never;
  await new Promise(setImmediate);
  assert.equal(hanging.size, 0);
});

test('while one hangs no other is asked', async () => {
  const collected = await filesystem.collect({ hanging: new Set(['/mnt/nfs']) }, liveContext());
  assert.deepEqual(collected.samples, []);
  assert.ok((collected.gaps?.length ?? 0) > 0);
  for (const gap of collected.gaps ?? []) assert.match(gap.why, /\/mnt\/nfs does not answer/);
});

test('the real machine agrees with statfs', async () => {
  const collected = await filesystem.collect({ hanging: new Set() }, liveContext());
  const [fact] = collected.facts ?? [];
  assert.ok(fact, JSON.stringify(collected.gaps));
  const stats = statfsSync(fact.key);
  assert.equal((fact.value as { sizeBytes: number }).sizeBytes, stats.blocks * stats.bsize);
  const use = valueIn(collected, 'host.filesystem.utilization', { mount: fact.key });
  assert.ok(use > 0 && use <= 1);
});

test('without a list of mounts there is a gap', async () => {
  const collected = await filesystem.collect({ hanging: new Set() }, emptyContext());
  assert.match(gapIn(collected, 'host.filesystem'), /does not exist/);
});

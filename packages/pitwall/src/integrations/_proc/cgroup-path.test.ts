import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateCgroup, mainCgroupPath, parseCgroups } from './cgroup-path.ts';
import { recordedContext } from './testing.ts';

test('hybrid lines are told apart', () => {
  const entries = parseCgroups('9:name=systemd:/a\n3:cpu,cpuacct:/b:c\n0::/d\ngarbage\n');
  assert.deepEqual(entries, [
    { version: 1, controllers: ['name=systemd'], path: '/a' },
    { version: 1, controllers: ['cpu', 'cpuacct'], path: '/b:c' },
    { version: 2, controllers: [], path: '/d' },
  ]);
});

test('the path that says most is taken', () => {
  assert.equal(mainCgroupPath(parseCgroups('0::/d\n1:name=systemd:/a\n')), '/d');
  assert.equal(mainCgroupPath(parseCgroups('0::/\n2:cpu:/c\n1:name=systemd:/a\n')), '/a');
  assert.equal(mainCgroupPath(parseCgroups('0::/\n4:memory:/m\n1:name=systemd:/\n')), '/m');
  assert.equal(mainCgroupPath(parseCgroups('0::/\n')), '/');
  assert.equal(mainCgroupPath([]), null);
});

test('version 2: all levels up to the root', async () => {
  const { sys } = recordedContext('cgroup-v2', 2).environment;
  const place = await locateCgroup(sys, parseCgroups('0::/web.slice/vending.service\n'), 'cpu');
  assert.ok(typeof place !== 'string');
  assert.deepEqual([place.version, place.levels], [2, ['/web.slice/vending.service', '/web.slice', '/']]);
});

test('in a container that sees only its own part, the root of the mount is the place', async () => {
  const { sys } = recordedContext('cgroup-v2', 2).environment;
  const place = await locateCgroup(sys, parseCgroups('0::/docker/0123\n'), 'cpu');
  assert.ok(typeof place !== 'string');
  assert.deepEqual(place.levels, ['/']);
});

test('what cannot be located says why', async () => {
  const { sys } = recordedContext('cgroup-v2', 2).environment;
  assert.match(
    String(await locateCgroup(sys, parseCgroups('0::/../../etc\n'), 'cpu')),
    /outside of this cgroup namespace/,
  );
  assert.match(String(await locateCgroup('/no/such', parseCgroups('0::/a\n'), 'cpu')), /no cgroup file system/);
  assert.match(String(await locateCgroup(sys, [], 'cpu')), /in no cgroup/);
});

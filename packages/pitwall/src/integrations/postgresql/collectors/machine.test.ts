import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PostgresqlConnection } from '../connection.ts';
import type { PostgresqlOptions } from '../options.ts';
import { whyTooLarge } from '../tunables/shared-buffers.ts';
import { readMachine } from './machine.ts';

const GIB = 2 ** 30;
const SELF = {
  pid: 4242,
  port: 54_321,
  database: 'shop',
  user: 'app',
  version: 150_018,
  directory: null,
  dataBytes: 7,
};

/** A host of 64 GiB and eight processors whose server is process 4242, in the cgroup that `files` of `/proc` and `/sys` tell of. */
function host(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'pitwall-machine-'));
  t.after(() => rmSync(root, { recursive: true }));
  const all = {
    'proc/meminfo': `MemTotal:       ${64 * 2 ** 20} kB\nMemFree:         1 kB\n`,
    'proc/4242/stat': `4242 (postgres) S 1 4242 4242 0 -1 4194560 ${'0 '.repeat(44)}`,
    'proc/4242/status': 'Name:\tpostgres\nNSpid:\t4242\nCpus_allowed_list:\t0-7\n',
    'proc/4242/cmdline': 'postgres: app shop 127.0.0.1(54321) SELECT\0\0',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { proc: join(root, 'proc'), sys: join(root, 'sys') };
}

function connection(machine?: PostgresqlOptions['machine']): Pick<PostgresqlConnection, 'query' | 'told'> {
  const query = (async () => [SELF]) as unknown as PostgresqlConnection['query'];
  return { query, told: machine ? { machine } : {} };
}

const version2 = (memory: string, cpu: string) => ({
  'proc/4242/cgroup': '0::/docker/abc\n',
  'sys/fs/cgroup/cgroup.procs': '',
  'sys/fs/cgroup/docker/cgroup.procs': '',
  'sys/fs/cgroup/docker/memory.max': 'max\n',
  'sys/fs/cgroup/docker/memory.current': '1\n',
  'sys/fs/cgroup/docker/abc/cgroup.procs': '',
  'sys/fs/cgroup/docker/abc/memory.max': `${memory}\n`,
  'sys/fs/cgroup/docker/abc/memory.current': '1048576\n',
  'sys/fs/cgroup/docker/abc/memory.stat': 'inactive_file 0\n',
  'sys/fs/cgroup/docker/abc/cpu.max': `${cpu}\n`,
  'sys/fs/cgroup/docker/abc/cpu.stat': 'usage_usec 1000\n',
});
const version1 = (memory: string, quota: string) => ({
  'proc/4242/cgroup': '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n',
  'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': `${memory}\n`,
  'sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': '1048576\n',
  'sys/fs/cgroup/memory/docker/abc/memory.stat': 'total_inactive_file 0\n',
  'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us': `${quota}\n`,
  'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us': '100000\n',
  'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.stat': 'nr_periods 0\n',
  'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpuacct.usage': '1000\n',
});

for (const [version, limited, free] of [
  ['version 2', version2(String(2 * GIB), '150000 100000'), version2('max', 'max 100000')],
  ['version 1', version1(String(2 * GIB), '150000'), version1('9223372036854771712', '-1')],
] as const) {
  test(`the limit of a cgroup of ${version} counts, not the host's`, async (t) => {
    const { memory, memoryFrom, cpus, cpusFrom, here } = await readMachine(connection(), host(t, limited));
    assert.deepEqual([memory, memoryFrom, cpus, cpusFrom, here], [2 * GIB, 'cgroup', 1.5, 'cgroup', true]);
  });

  test(`a cgroup of ${version} without a limit: what the host has`, async (t) => {
    const { memory, memoryFrom, cpus, cpusFrom } = await readMachine(connection(), host(t, free));
    assert.deepEqual([memory, memoryFrom, cpus, cpusFrom], [64 * GIB, 'host', 8, 'host']);
  });
}

test('a limit above what the host has is none', async (t) => {
  const wide = host(t, version2(String(128 * GIB), '1600000 100000'));
  const { memory, memoryFrom, cpus, cpusFrom } = await readMachine(connection(), wide);
  assert.deepEqual([memory, memoryFrom, cpus, cpusFrom], [64 * GIB, 'host', 8, 'host']);
});

test('shared_buffers: what is written goes by the limit that the rules go by', async (t) => {
  const shared = { name: 'shared_buffers', type: 'integer', unit: '8kB', blockSize: 8192, here: true };
  const container = host(t, version2(String(2 * GIB), 'max 100000'));
  const refused = await whyTooLarge(connection(), '1300MB', shared, container);
  assert.match(
    refused ?? '',
    /^1300MB is more than 60 % of the 2\.00 GiB that the container of the server may have \(cgroup\)/,
  );
  assert.equal(await whyTooLarge(connection(), '1200MB', shared, container), null);
  const free = host(t, version2('max', 'max 100000'));
  assert.equal(await whyTooLarge(connection(), '38GB', shared, free), null);
  assert.match((await whyTooLarge(connection(), '39GB', shared, free)) ?? '', /of the 64\.0 GiB of its host/);
  // Elsewhere: what the option says; without it nothing is known, and nothing refused.
  const elsewhere = { proc: '/no/such', sys: '/no/such' };
  const away = { ...shared, here: false };
  assert.match(
    (await whyTooLarge(connection({ memory: GIB }), '1GB', away, elsewhere)) ?? '',
    /1\.00 GiB that the option/,
  );
  assert.equal(await whyTooLarge(connection(), '900GB', away, elsewhere), null);
  assert.match((await whyTooLarge(connection(), '900000GB', shared, elsewhere)) ?? '', /of its host/);
  assert.equal(await whyTooLarge(connection(), '900GB', { ...away, name: 'effective_cache_size' }, container), null);
});

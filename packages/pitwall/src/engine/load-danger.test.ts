import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configFromFlags } from '../config/from-flags.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Environment } from '../model/integration.ts';
import { runConfiguredLoad } from './load.ts';
import { realEnvironment } from './platform.ts';
import { hostWatch } from './search/host-watch.ts';
import { openSession } from './session.ts';

const MIB = 2 ** 20;

/** A kernel that shows processes in cgroups with a limit of 100 MiB each; `used` of it by this one and by process 4242. */
async function kernel(t: TestContext, port: number, used: { readonly self: number; readonly service: number }) {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-load-danger-'));
  t.after(() => rm(folder, { recursive: true }));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write('proc/self/cgroup', '0::/pitwall\n');
  await write('proc/4242/cgroup', '0::/service\n');
  await write('proc/4242/stat', '');
  await mkdir(join(folder, 'proc/4242/fd'));
  await symlink('socket:[777]', join(folder, 'proc/4242/fd/3'));
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  await write('proc/net/tcp', `  sl  local_address\n   0: ${local} 00000000:0000 0A 0:0 00:0 0 0 0 777 1\n`);
  await write('sys/fs/cgroup/cgroup.procs', '');
  for (const [name, bytes] of [
    ['pitwall', used.self],
    ['service', used.service],
  ] as const) {
    await write(`sys/fs/cgroup/${name}/memory.max`, `${100 * MIB}\n`);
    await write(`sys/fs/cgroup/${name}/memory.current`, `${bytes * MIB}\n`);
    await write(`sys/fs/cgroup/${name}/memory.stat`, 'inactive_file 0\n');
  }
  return { ...realEnvironment, proc: join(folder, 'proc'), sys: join(folder, 'sys') } satisfies Environment;
}

/** The first address of this host that is not loopback; null on a host without a network. */
const ownAddress = (): string | null =>
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;

async function serve(t: TestContext, host: string): Promise<number> {
  const server = createServer((_, response) => response.end('ok'));
  t.after(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/** A configured load of at most ten seconds that ends in danger. */
async function load(t: TestContext, url: string, environment: Environment) {
  const signal = AbortSignal.timeout(30_000);
  const registry = { ids: integrationIds(), load: loadIntegration };
  const loaded = await configFromFlags({ url, sqlite: undefined, endpoints: [], directory: '/' }, registry);
  const session = await openSession(loaded, environment, signal);
  t.after(() => session.close());
  const { result } = await runConfiguredLoad(session, {
    signal,
    watch: false,
    overrides: {
      shape: 'closed',
      users: 1,
      workers: 1,
      duration: 10,
      warmup: 0,
      thinkTime: { distribution: 'constant', mean: 0.05 },
      allow: [new URL(url).hostname],
      abort: { errorRatio: null, p99: null, over: 10, danger: true },
    },
  });
  return result;
}

test('the memory of the cgroup of whoever listens is watched, else that of ours', async (t) => {
  const environment = await kernel(t, 8080, { self: 10, service: 97 });
  const read = async (port: number) =>
    (await (await hostWatch(environment, { url: `http://127.0.0.1:${port}` }))!()).cgroup;
  assert.deepEqual(await read(8080), { used: 97 * MIB, limit: 100 * MIB });
  assert.deepEqual(await read(8081), { used: 10 * MIB, limit: 100 * MIB });
});

test('an ordinary load ends before the cgroup of the service is full', async (t) => {
  const port = await serve(t, '127.0.0.1');
  const result = await load(t, `http://127.0.0.1:${port}`, await kernel(t, port, { self: 10, service: 97 }));
  assert.deepEqual(
    [result.endedBy, result.partial],
    ['danger', "The memory of the service's cgroup is 97 % of its limit"],
  );
  assert.ok(result.ok > 0 && result.duration < 9, `${result.duration} s`);
});

const address = ownAddress();
test('a service on an address of this host shares its cores and its dangers', {
  skip: address === null && !process.env.CI ? 'this host has no address but loopback' : false,
}, async (t) => {
  assert.ok(address);
  const port = await serve(t, address);
  const result = await load(t, `http://${address}:${port}`, await kernel(t, port, { self: 10, service: 97 }));
  assert.deepEqual([result.endedBy, result.generator.sharedCores], ['danger', true]);
});

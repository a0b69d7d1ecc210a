import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../config/load.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Config } from '../model/config.ts';
import { type DetectedService, detectService, renderConfig } from './init.ts';
import { realEnvironment } from './platform.ts';

/** A reference to a secret, as the configuration file would resolve it. */
const REFERENCE = ['$', '{env:HOME}'].join('');
const SIGNAL = new AbortController().signal;

async function load(yaml: string): Promise<Config> {
  const registry = { ids: integrationIds(), load: loadIntegration };
  const { config } = await parseConfig(yaml, '/srv/pitwall.yaml', { environment: { HOME: '/secret' }, registry });
  return config;
}

/** A service in this very process: a page, a health path, and a SQLite database held open. */
async function startService(t: TestContext): Promise<{ url: URL; database: string }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pitwall-init-')));
  const database = join(folder, 'shop.db');
  const connection = new DatabaseSync(database);
  connection.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY)');
  const server = createServer((request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html').end('<a href="/orders">orders</a>');
    else if (request.url === '/health' || request.url === '/orders') response.end('ok');
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    connection.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), database };
}

test('a service on this host: its endpoints, process and database, in a file that the loader accepts', async (t) => {
  const { url, database } = await startService(t);
  const detected = await detectService(url, realEnvironment, SIGNAL);
  assert.ok(detected.listeners.some(({ pid }) => pid === process.pid));
  const yaml = renderConfig(detected);
  const { targets } = await load(yaml);
  const byIntegration = new Map(targets.map((target) => [target.integration, target]));
  const optionsOf = <T>(integration: string): T => {
    const target = byIntegration.get(integration);
    assert.ok(target, `no target of ${integration}`);
    return target.options as T;
  };
  const http = optionsOf<{ url: string; endpoints: { path: string; method: string }[] }>('http');
  assert.equal(http.url, url.origin);
  assert.deepEqual(
    http.endpoints.map(({ method, path }) => `${method} ${path}`),
    ['GET /health', 'GET /', 'GET /orders'],
  );
  assert.deepEqual(byIntegration.get('process')?.rawOptions, { port: Number(url.port) });
  assert.ok(byIntegration.has('host'));
  assert.equal(optionsOf<{ path: string }>('sqlite').path, database);
  assert.match(yaml, /# queries:/);
  assert.doesNotMatch(yaml.replace(/^\s*#.*$/gm, ''), /POST/);
});

test('each guessed value has a comment that says from what', async (t) => {
  const { url } = await startService(t);
  const yaml = renderConfig(await detectService(url, realEnvironment, SIGNAL));
  for (const key of ['name', 'url', 'port', 'path', '- /health', '- /orders']) {
    const line = yaml
      .split('\n')
      .find((candidate) => candidate.trimStart().replace(/:.*/, '').replace(/ +#.*/, '') === key);
    assert.match(line ?? `no line for ${key}`, / {2}# .{5}/);
  }
});

test('what is shown as a comment is valid as well once it is not one any more', async (t) => {
  const { url } = await startService(t);
  const yaml = renderConfig(await detectService(url, realEnvironment, SIGNAL));
  const from = yaml.indexOf('# objectives:');
  assert.ok(from > 0);
  const shown = yaml
    .slice(from)
    .split('\n')
    .map((line) => (/^# (objectives:|load:|trial:| )/.test(line) ? line.slice(2) : line))
    .join('\n');
  const [defaults, config] = [await load(yaml), await load(yaml.slice(0, from) + shown)];
  assert.ok(config.objectives.length > 3);
  // `given` names the keys that somebody wrote.
  assert.deepEqual({ ...config.load, given: [] }, defaults.load, 'the load shown is the default one');
  assert.deepEqual(config.trial, defaults.trial);
});

test('a service that is down is an error, not a file', async () => {
  await assert.rejects(detectService(new URL('http://127.0.0.1:1'), realEnvironment, SIGNAL), {
    code: 'TARGET_UNREACHABLE',
  });
});

const DETECTED: DetectedService = {
  url: 'http://127.0.0.1:8080',
  name: 'shop',
  nameFrom: 'the systemd unit of process 7',
  listeners: [
    { pid: 7, name: 'node', systemdUnit: 'shop.service', cgroup: '/system.slice/shop.service', children: [] },
  ],
  targets: [
    {
      id: 'web',
      integration: 'http',
      options: { url: 'http://127.0.0.1:8080', endpoints: ['/'] },
      notes: { url: 'answered 200' },
      unset: [{ name: 'requests', description: 'Requests an endpoint.', default: 20 }],
    },
    { id: 'host', integration: 'host', options: {}, notes: {}, unset: [] },
  ],
  neighbours: [],
  limits: [],
  remarks: [],
};

test('unit, cgroup and the commands to restart it are comments', async () => {
  const yaml = renderConfig(DETECTED);
  assert.match(yaml, /# listening: process 7 \(node\), unit shop\.service, cgroup \/system\.slice\/shop\.service/);
  assert.match(yaml, /# stop: \[systemctl, stop, shop\.service\]\n {2}# start: \[systemctl, start, shop\.service\]/);
  assert.match(yaml, /^ {2}host: \{\}$/m);
  assert.match(yaml, /^ {4}# requests: 20 {2}# Requests an endpoint\.$/m);
  assert.equal((await load(yaml)).service.name, 'shop');
});

test('servers beside it are named, with what this version can do with them', () => {
  const neighbours = [
    { title: 'Redis', address: '127.0.0.1:6379', because: 'answered PING with +PONG', supported: false },
    { title: 'nginx', address: '127.0.0.1:80', because: 'its Server header says nginx', supported: true },
  ];
  const yaml = renderConfig({ ...DETECTED, neighbours });
  assert.match(
    yaml,
    /# .*Redis on 127\.0\.0\.1:6379 \(answered PING with \+PONG\); this version of Pitwall has no integration/,
  );
  assert.match(yaml, /# .*nginx on 127\.0\.0\.1:80 .*can be added/);
});

test('hostile names neither break out of their place nor become secrets', async () => {
  const path = `/srv/a: b #c\n\u009b31m ${REFERENCE} $${REFERENCE} "q' {}[]\u2028.db`;
  const yaml = renderConfig({
    ...DETECTED,
    name: `- evil: ${REFERENCE} # x`,
    nameFrom: 'x\ntargets: {}',
    remarks: ['a\nstate: /tmp/evil'],
    targets: [
      { ...DETECTED.targets[0]!, options: { url: 'http://h', endpoints: ['/'] }, notes: { url: 'a\n    requests: 1' } },
      { id: 'db', integration: 'sqlite', options: { path }, notes: { path: 'b\nstate: /tmp' }, unset: [] },
    ],
  });
  const config = await load(yaml);
  assert.equal(config.service.name, `- evil: ${REFERENCE} # x`);
  assert.equal(config.stateDirectory, '/srv/.pitwall');
  assert.partialDeepStrictEqual(config.targets[1], { id: 'db', options: { path } });
  assert.partialDeepStrictEqual(config.targets[0], { id: 'web', options: { requests: 20 } });
});

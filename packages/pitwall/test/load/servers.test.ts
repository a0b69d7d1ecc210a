import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runLoad } from '../../src/load/engine.ts';
import type { LoadEndpoint, LoadResult } from '../../src/model/load.ts';
import { freePort } from '../support/free-port.ts';

/** HTTP/1.1 against servers that nobody here wrote. nginx has tests of its own beside the transports. */

const missing = (program: string) => (existsSync(program) || process.env.CI ? false : `${program} is not installed`);

/** A folder with files of 0 bytes, 1 KiB and 1 MiB; gone after the test. */
function site(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-servers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'www'));
  writeFileSync(join(folder, 'www', 'empty.txt'), '');
  writeFileSync(join(folder, 'www', 'kib.txt'), 'x'.repeat(1024));
  writeFileSync(join(folder, 'www', 'mib.txt'), 'y'.repeat(2 ** 20));
  return folder;
}

async function start(t: TestContext, argv: readonly string[], port: number, cwd: string): Promise<string> {
  const [program, ...rest] = argv;
  const child: ChildProcess = spawn(program!, rest, { cwd, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const answers = await fetch(`${url}/kib.txt`).then(
      (response) => response.arrayBuffer().then(() => response.ok),
      () => false,
    );
    if (answers) return url;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${program} did not start`);
}

const endpoint = (method: string, path: string, headers: Record<string, string> = {}): LoadEndpoint => ({
  name: `${method} ${path}${headers['Accept-Encoding'] ? ' gzip' : ''}`,
  method,
  path,
  headers,
  weight: 1,
});

const ENDPOINTS = [
  endpoint('GET', '/empty.txt'),
  endpoint('GET', '/kib.txt'),
  endpoint('GET', '/mib.txt'),
  endpoint('HEAD', '/mib.txt'),
  endpoint('GET', '/kib.txt', { 'Accept-Encoding': 'gzip' }),
  endpoint('GET', '/missing.txt'),
];

const run = (url: string, users = 8): Promise<LoadResult> =>
  runLoad(
    {
      url,
      endpoints: ENDPOINTS,
      shape: 'closed',
      users,
      duration: 1,
      warmup: 0,
      timeout: 10,
      workers: 2,
      seed: 1,
      allow: [],
    },
    { signal: AbortSignal.timeout(60_000) },
  );

/** Every request was counted, only the missing file failed, and the bodies were read to their ends. */
function assertExact(result: LoadResult): void {
  assert.deepEqual(Object.keys(result.errors), ['status-4xx'], JSON.stringify(result.errors));
  assert.equal(result.sent, result.ok + result.errors['status-4xx']!);
  for (const { endpoint: name, sent, ok, bytes } of result.steps) {
    assert.ok(sent > 0, `${name} was not sent`);
    assert.equal(ok, name.includes('missing') ? 0 : sent, name);
    const least = name === 'GET /mib.txt' ? 2 ** 20 : name === 'GET /kib.txt' ? 1024 : 1;
    assert.ok(bytes >= sent * least, `${name}: ${bytes} bytes for ${sent} requests`);
    if (name === 'HEAD /mib.txt') assert.ok(bytes < sent * 2000, 'HEAD has no body');
  }
}

test('Apache: kept connections, gzip by mod_deflate (chunked), HEAD, 404', {
  skip: missing('/usr/sbin/apache2'),
}, async (t) => {
  const folder = site(t);
  const port = await freePort();
  const modules = ['mpm_event', 'authz_core', 'mime', 'deflate', 'filter'].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  writeFileSync(join(folder, 'types'), 'text/plain txt\n');
  writeFileSync(
    join(folder, 'apache.conf'),
    [
      ...modules,
      `ServerRoot "${folder}"`,
      `Listen 127.0.0.1:${port}`,
      'ServerName localhost',
      `PidFile "${folder}/pid"`,
      `ErrorLog "${folder}/error.log"`,
      `TypesConfig "${folder}/types"`,
      `DocumentRoot "${folder}/www"`,
      // A connection is closed after every hundredth answer: the lane has to reconnect without an error.
      'KeepAlive On',
      'MaxKeepAliveRequests 100',
      'AddOutputFilterByType DEFLATE text/plain',
    ].join('\n'),
  );
  const argv = ['/usr/sbin/apache2', '-X', '-f', join(folder, 'apache.conf')];
  const result = await run(await start(t, argv, port, folder));
  assertExact(result);
  assert.ok(result.connections.opened > 8, `${result.connections.opened} connections: Apache closes after 100 answers`);
});

test('Python http.server: HTTP/1.0, a close after each answer', { skip: missing('/usr/bin/python3') }, async (t) => {
  const folder = site(t);
  const port = await freePort();
  const argv = ['/usr/bin/python3', '-m', 'http.server', String(port), '--bind', '127.0.0.1'];
  const result = await run(await start(t, argv, port, join(folder, 'www')), 4);
  assertExact(result);
  assert.ok(result.connections.opened >= result.sent, 'a connection for every request');
});

test('Node: pipes of unknown length (chunked), HEAD, 404', async (t) => {
  const folder = site(t);
  const port = await freePort();
  writeFileSync(
    join(folder, 'server.mjs'),
    `import { createReadStream, existsSync } from 'node:fs';
     import { createServer } from 'node:http';
     createServer((request, response) => {
       const file = 'www' + request.url;
       if (!existsSync(file)) return response.writeHead(404).end('no');
       if (request.method === 'HEAD') return response.end();
       createReadStream(file).pipe(response);
     }).listen(${port}, '127.0.0.1');`,
  );
  const result = await run(await start(t, [process.execPath, join(folder, 'server.mjs')], port, folder));
  assertExact(result);
});

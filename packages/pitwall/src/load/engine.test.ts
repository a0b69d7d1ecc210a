import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/free-port.ts';
import { noNginx, startNginx } from '../../test/support/nginx.ts';
import { PitwallError } from '../errors.ts';
import type { LoadTick } from '../model/load.ts';
import { endpoint, listen, load, serve, sumOf } from './testing.ts';

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-load-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('closed: every answer is counted, by endpoint, and the mix is the weights', async (t) => {
  const seen: Record<string, number> = {};
  const url = await serve(t, (request, response) => {
    seen[request.url!] = (seen[request.url!] ?? 0) + 1;
    response.end('x'.repeat(100));
  });
  const ticks: LoadTick[] = [];
  const endpoints = [endpoint('/often', { weight: 3 }), endpoint('/seldom')];
  const result = await load(
    url,
    { endpoints, users: 5, workers: 2, duration: 1.2 },
    { onTick: (tick) => ticks.push(tick) },
  );

  assert.ok(result.sent > 50);
  assert.equal(result.ok, result.sent);
  assert.equal(result.planned, result.sent);
  assert.deepEqual(result.errors, {});
  assert.equal(result.sent, sumOf(seen));
  assert.deepEqual(
    result.steps.map((step) => step.sent),
    [seen['/often'], seen['/seldom']],
  );
  assert.ok(Math.abs(seen['/often']! - 3 * seen['/seldom']!) <= 12);
  assert.ok(result.bytes > result.sent * 100);
  for (const step of result.steps) {
    for (const { count } of Object.values(step.distributions)) assert.equal(count, step.sent);
    const { response, service, slip } = step.latency;
    assert.ok(0 <= slip.p50 && slip.p50 <= response.p50 && service.max <= response.max);
    assert.ok(response.p50 <= response.p99 && response.p99 <= response.max && response.max < 1.2 + 5);
  }
  assert.deepEqual(result.timeline, ticks);
  assert.deepEqual(
    ticks.map((tick) => tick.at),
    [1, 1.2],
  );
  const completed = ticks.reduce((sum, tick) => sum + tick.completed, 0);
  assert.equal(result.requestsPerSecond, completed / 1.2);
  assert.ok(result.sent - completed >= 0 && result.sent - completed <= 5, 'the rest was under way at the end');
  assert.ok(result.generator.loopUtilisation > 0 && result.generator.loopUtilisation <= 1);
  assert.ok(result.generator.cpuUtilisation > 0);
  assert.equal(result.generator.workers, 2);
  assert.match(result.warnings[0]!, /share the cores/);
});

test('the warm-up is not counted', async (t) => {
  let served = 0;
  const start = performance.now();
  const url = await serve(t, (_, response) => {
    served++;
    if (performance.now() - start < 500) response.statusCode = 500;
    setTimeout(() => response.end(), 5);
  });
  const result = await load(url, { warmup: 1.5, duration: 0.3 });
  assert.deepEqual(result.errors, {});
  assert.ok(served > result.sent && result.sent > 0);
});

test('HEAD, chunked, empty and unframed answers, bodies, and a close after each answer', async (t) => {
  const bodies = new Set<string>();
  const url = await serve(t, (request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      if (request.url === '/post') bodies.add(body);
      if (request.url === '/chunked') {
        response.write('first part');
        setImmediate(() => response.end('second part'));
      } else if (request.url === '/empty') response.writeHead(204).end();
      else if (request.url === '/close') response.writeHead(200, { Connection: 'close' }).end('bye');
      else if (request.url === '/unframed') {
        response.useChunkedEncodingByDefault = false;
        response.removeHeader('Content-Length');
        response.writeHead(200, { Connection: 'close' });
        response.write('until');
        response.end('close');
      } else response.end('hello');
    });
  });
  const endpoints = [
    endpoint('/head', { method: 'HEAD' }),
    endpoint('/chunked'),
    endpoint('/empty'),
    endpoint('/close'),
    endpoint('/unframed'),
    endpoint('/post', { method: 'POST', body: '{"größe":1}' }),
  ];
  const result = await load(url, { endpoints });
  assert.deepEqual(result.errors, {});
  assert.equal(result.ok, result.sent);
  for (const step of result.steps) assert.ok(step.ok > 0, step.endpoint);
  assert.deepEqual([...bodies], ['{"größe":1}']);
});

test('https is verified by default, and works with the right authority', async (t) => {
  const folder = temporary(t);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert]);
  const ca = readFileSync(cert, 'utf8');
  const server = createSecureServer({ key: readFileSync(key), cert: ca }, (_, response) => response.end('secret'));
  const url = `https://localhost:${await listen(t, server)}`;
  await assert.rejects(load(url, {}), (error: unknown) => {
    assert.ok(error instanceof PitwallError);
    assert.equal(error.code, 'LOAD_UNTRUSTED');
    assert.match(error.message, /self-signed/);
    return true;
  });
  const result = await load(url, { users: 2 }, { tls: { ca } });
  assert.ok(result.ok > 0);
  assert.deepEqual(result.errors, {});
  // A connection for each request, so that a slow handshake keeps none of them waiting.
  const open = { shape: 'constant-rate', rate: 50, users: 25 } as const;
  const unverified = await load(url, open, { tls: { rejectUnauthorized: false } });
  assert.equal(unverified.ok, 25);
});

test('a run that is aborted ends its connections and throws the reason', async (t) => {
  let open = 0;
  const server = createServer((socket) => {
    open++;
    socket.on('close', () => open--);
    socket.resume();
  });
  const port = await listen(t, server);
  const controller = new AbortController();
  const running = load(
    `http://127.0.0.1:${port}`,
    { users: 20, workers: 2, duration: 60 },
    { signal: controller.signal },
  );
  while (open < 20) await new Promise((resolve) => setTimeout(resolve, 10));
  controller.abort(new Error('enough'));
  await assert.rejects(running, /^Error: enough$/);
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await assert.rejects(load(`http://127.0.0.1:${port}`, {}, { signal: controller.signal }), /enough/);
});

test('nginx', { skip: noNginx }, async (t) => {
  const folder = temporary(t);
  const port = await freePort();
  writeFileSync(join(folder, 'file'), 'y'.repeat(1024));
  const servers = `keepalive_requests 50; server { listen 127.0.0.1:${port}; root ${folder}; }`;
  await startNginx(t, folder, servers, port);
  const url = `http://127.0.0.1:${port}`;
  const endpoints = [endpoint('/file', { weight: 4 }), endpoint('/missing')];
  const closed = await load(url, { endpoints, users: 10, workers: 2 });
  assert.deepEqual(Object.keys(closed.errors), ['status-4xx']);
  assert.equal(closed.steps[0]!.ok, closed.steps[0]!.sent);
  assert.equal(closed.steps[1]!.errors['status-4xx'], closed.steps[1]!.sent);
  assert.ok(closed.steps[0]!.bytes > closed.steps[0]!.sent * 1024);
  assert.ok(closed.warnings.some((warning) => warning.startsWith('/missing only failed')));
  const constant = await load(url, { endpoints: [endpoint('/file')], shape: 'constant-rate', rate: 300, users: 10 });
  assert.equal(constant.ok, 150);
});

test('a number of iterations is sent exactly, however the workers divide it, and the run is complete when they are done', async (t) => {
  let seen = 0;
  const url = await serve(t, (_, response) => {
    seen++;
    response.end('ok');
  });
  for (const [iterations, workers, users] of [
    [101, 2, 5],
    [3, 2, 3],
  ] as const) {
    seen = 0;
    const result = await load(url, { iterations, workers, users, duration: 20 });
    assert.deepEqual([result.sent, result.ok, seen], [iterations, iterations, iterations]);
    assert.deepEqual([result.endedBy, result.partial], ['plan', null]);
    assert.ok(result.duration < 10 && result.requestsPerSecond > 0, `${result.duration} s`);
  }
});

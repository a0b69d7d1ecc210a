import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { Detected } from '../../model/integration.ts';
import { detect } from './detect.ts';
import { httpOptions } from './options.ts';
import { collectContext, deadPort, httpServer, httpsServer } from './test-servers.ts';

async function look(url: string): Promise<Detected> {
  const { environment, signal } = collectContext();
  const [found, ...rest] = await detect({ environment, signal, url: new URL(url), listeners: [] });
  assert.ok(found && rest.length === 0);
  httpOptions.parse(found.options);
  return found;
}

function endpointsOf({ options }: Detected): unknown {
  return (options as { endpoints: unknown }).endpoints;
}

test('takes the page, what it refers to, and its health path, with GET only', async (t) => {
  const methods = new Set<unknown>();
  const url = await httpServer(t, (request, response) => {
    methods.add(request.method);
    response.setHeader('server', 'teapot/1');
    const path = request.url ?? '';
    if (path === '/') {
      const html =
        '<a href="/devices">d</a><a href="/gone">g</a><a href="/logout">x</a><script src="/app.js"></script>';
      response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    } else if (path === '/healthz' || path === '/devices')
      response.setHeader('content-type', 'application/json').end('{}');
    else if (path === '/app.js') response.setHeader('content-type', 'text/javascript').end('1');
    else response.writeHead(404).end();
  });
  const found = await look(url);
  assert.deepEqual(endpointsOf(found), ['/healthz', '/', '/app.js', '/devices']);
  assert.deepEqual([...methods], ['GET']);
  assert.equal(found.notes.url, 'answered 200, Server: teapot/1');
  assert.match(found.notes['endpoints.0'] ?? '', /health path; answered 200, application\/json/);
  assert.match(found.notes['endpoints.3'] ?? '', /link in the page \//);
});

test('a server that answers every path with the same page has no health path', async (t) => {
  const url = await httpServer(t, (_, response) => response.setHeader('content-type', 'text/html').end('<p>app</p>'));
  assert.deepEqual(endpointsOf(await look(url)), ['/']);
});

test('follows one redirect on the same origin', async (t) => {
  const url = await httpServer(t, (request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/ui/' }).end();
    else if (request.url === '/ui/') response.setHeader('content-type', 'text/html').end('<a href="list">l</a>');
    else if (request.url === '/ui/list') response.end('x');
    else response.writeHead(404).end();
  });
  assert.deepEqual(endpointsOf(await look(url)), ['/ui/', '/ui/list']);
});

test('when only errors are found, it says so and check still has something true to expect', async (t) => {
  const url = await httpServer(t, (_, response) => response.writeHead(404).end());
  const found = await look(url);
  assert.deepEqual(endpointsOf(found), [{ path: '/', expectStatus: 404 }]);
  assert.match(found.notes['endpoints.0'] ?? '', /answered 404/);
});

test('the path that the user gave comes first after the health path', async (t) => {
  const url = await httpServer(t, (request, response) => {
    if (request.url !== '/api/devices?page=1') response.writeHead(404);
    response.end('[]');
  });
  assert.deepEqual(endpointsOf(await look(`${url}/api/devices?page=1`)), ['/api/devices?page=1']);
});

test('an untrusted certificate on this host is accepted, and noted', async (t) => {
  const { url } = await httpsServer(t, (_, response) => response.end('x'));
  const found = await look(url);
  assert.deepEqual((found.options as { tls: unknown }).tls, { rejectUnauthorized: false });
  assert.match(found.notes.tls ?? '', /self-signed/);
});

test('a service that is down is TARGET_UNREACHABLE', async () => {
  const url = new URL(`http://127.0.0.1:${await deadPort()}`);
  const { environment, signal } = collectContext();
  await assert.rejects(
    detect({ environment, signal, url, listeners: [] }),
    (error) => error instanceof PitwallError && error.code === 'TARGET_UNREACHABLE' && /refused/.test(error.message),
  );
});

test('without a URL there is nothing to detect', async () => {
  const { environment, signal } = collectContext();
  assert.deepEqual(await detect({ environment, signal, url: null, listeners: [] }), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthCheck } from './health.ts';
import { connectionWith, deadPort, httpServer, httpsServer, tcpServer } from './test-servers.ts';

const { signal } = new AbortController();

test('asks the first endpoint with a safe method, once, as it is configured', async (t) => {
  const asked: string[] = [];
  const url = await httpServer(t, ({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers['x-key']}`);
    response.end('ok');
  });
  const endpoints = [
    { path: '/order', method: 'POST', body: 'x' },
    { path: '/health', headers: { 'X-Key': 'k' } },
    { path: '/other' },
  ];
  assert.equal(await healthCheck(await connectionWith({ url, endpoints }), signal), null);
  assert.deepEqual(asked, ['GET /health k']);
});

test('a server error is unhealthy, a client error without expectation is not, another status than expected is', async (t) => {
  const url = await httpServer(t, (request, response) => {
    response.statusCode = Number(request.url?.slice(1));
    response.end();
  });
  const check = async (path: string, expectStatus?: number) =>
    healthCheck(
      await connectionWith({ url, endpoints: [{ path, name: 'it', ...(expectStatus && { expectStatus }) }] }),
      signal,
    );
  assert.equal(await check('/503'), 'it answered 503');
  assert.equal(await check('/503', 503), null);
  assert.equal(await check('/401'), null);
  assert.equal(await check('/200', 204), 'it answered 200');
  assert.equal(await check('/204', 204), null);
});

test('a private CA, another name and an unverified certificate are the target’s own affair', async (t) => {
  const { url, certificate } = await httpsServer(t, (_, response) => response.end('ok'), { name: 'shop.internal' });
  const check = async (tls?: object) => healthCheck(await connectionWith({ url, ...(tls && { tls }) }), signal);
  assert.match((await check()) ?? '', /^GET \/ did not answer: its certificate is not trusted/);
  assert.equal(await check({ ca: certificate }), null);
  assert.equal(await check({ ca: certificate, servername: 'shop.internal' }), null);
  assert.match((await check({ ca: certificate, servername: 'other.internal' })) ?? '', /it is for another name/);
  assert.equal(await check({ rejectUnauthorized: false }), null);
});

test('nothing listens, or it hangs up: why, in words', async (t) => {
  const refused = await healthCheck(await connectionWith({ url: `http://127.0.0.1:${await deadPort()}` }), signal);
  assert.match(refused ?? '', /^GET \/ did not answer: the connection was refused/);
  const port = await tcpServer(t, (socket) => socket.once('data', () => socket.destroy()));
  const hungUp = await healthCheck(await connectionWith({ url: `http://127.0.0.1:${port}` }), signal);
  assert.match(hungUp ?? '', /^GET \/ did not answer: the connection was (closed|reset)/);
});

test('nothing safe to ask is healthy; an abort is passed on', async (t) => {
  const url = await httpServer(t, (_, response) => response.end());
  const order = await connectionWith({ url, endpoints: [{ path: '/order', method: 'POST' }] });
  assert.equal(await healthCheck(order, signal), null);
  const reason = new Error('enough');
  await assert.rejects(healthCheck(await connectionWith({ url }), AbortSignal.abort(reason)), reason);
});

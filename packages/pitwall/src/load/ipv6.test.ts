import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { load, sumOf } from './testing.ts';

const hasLoopback = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const skip = hasLoopback || process.env.CI ? false : 'this host has no ::1: IPv6 is switched off in its kernel';

async function listen(t: TestContext, server: net.Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '::1', resolve));
  t.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

for (const protocol of ['http1', 'http2'] as const) {
  test(`a load over [::1] from start to end: ${protocol}`, { skip }, async (t) => {
    const hosts = new Set<string | undefined>();
    const from = new Set<string | undefined>();
    let answered = 0;
    const answer = (request: { socket: net.Socket }, host: string | undefined) => {
      hosts.add(host);
      from.add(request.socket.remoteAddress);
      answered++;
    };
    const handler: RequestListener = (request, response) => {
      answer(request, request.headers.host);
      response.end('ok');
    };
    const server =
      protocol === 'http1'
        ? createServer(handler)
        : http2.createServer((request, response) => {
            answer({ socket: request.stream.session!.socket as net.Socket }, request.headers[':authority']);
            response.end('ok');
          });
    const port = await listen(t, server);
    const options = { protocol, shape: 'constant-rate', rate: 200, users: 4, duration: 0.5 } as const;
    const result = await load(`http://[::1]:${port}`, options);
    assert.deepEqual([result.planned, result.sent, result.ok, sumOf(result.errors)], [100, 100, 100, 0]);
    assert.ok(answered >= 100, `${answered} answered`);
    assert.deepEqual([...hosts], [`[::1]:${port}`]);
    assert.deepEqual([...from], ['::1']);
    assert.equal(result.steps[0]!.distributions.response.count, 100);
    assert.ok(result.latency.response.p50 > 0 && result.latency.response.p50 <= result.latency.response.max);
    assert.deepEqual([result.partial, result.endedBy, result.generator.sharedCores], [null, 'plan', true]);
  });
}

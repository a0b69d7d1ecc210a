import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Collected } from '../../../model/integration.ts';
import type { Distribution, Labels } from '../../../model/observation.ts';
import type { ResponseFact } from '../response-fact.ts';
import { collectContext, connectionWith, httpServer, httpsServer, NOW, tcpServer } from '../test-servers.ts';
import { endpointsProbe } from './endpoints.ts';

async function probe(options: Record<string, unknown>): Promise<Collected> {
  return endpointsProbe.collect(await connectionWith(options), collectContext());
}

function sampleOf({ samples = [] }: Collected, name: string, labels: Labels): number | Distribution | undefined {
  const matches = (own: Labels): boolean => Object.entries(labels).every(([key, value]) => own[key] === value);
  return samples.find((sample) => sample.name === name && matches(sample.labels))?.value;
}

function countOf(collected: Collected, name: string, labels: Labels): number {
  const value = sampleOf(collected, name, labels);
  return typeof value === 'object' ? value.count : 0;
}

function factOf({ facts = [] }: Collected, key: string): ResponseFact {
  const fact = facts.find((candidate) => candidate.kind === 'http.response' && candidate.key === key);
  assert.ok(fact, `no fact about ${key}`);
  return fact.value as unknown as ResponseFact;
}

const TEXT = 'All the same words again and again. '.repeat(300);

test('a kept-alive connection and fresh ones are measured apart', async (t) => {
  let connections = 0;
  let requests = 0;
  const url = await httpServer(t, (request, response) => {
    requests += 1;
    if (request.socket.bytesRead < 400 && !('seen' in request.socket)) connections += 1;
    Object.assign(request.socket, { seen: true });
    response.setHeader('content-type', 'text/plain').end('hello');
  });
  const collected = await probe({ url, requests: 10 });
  assert.equal(countOf(collected, 'http.client.request.duration', { connection: 'reused' }), 10);
  assert.equal(countOf(collected, 'http.client.request.duration', { connection: 'fresh' }), 5);
  assert.equal(requests, 15);
  assert.equal(connections, 5, 'the opener of the kept one and four more');
  assert.equal(countOf(collected, 'http.client.phase.duration', { phase: 'connect' }), 5);
  assert.equal(countOf(collected, 'http.client.phase.duration', { phase: 'first-byte' }), 15);
  assert.equal(countOf(collected, 'http.client.phase.duration', { phase: 'dns' }), 0, 'an address needs no look-up');
  assert.equal(sampleOf(collected, 'http.client.error.ratio', {}), 0);
  assert.equal(sampleOf(collected, 'http.client.response.body.size', {}), 5);
  assert.deepEqual(collected.gaps, []);
  assert.ok(collected.samples?.every(({ at }) => at === NOW));
});

test('a name is looked up, and that is a phase', async (t) => {
  const url = await httpServer(t, (_, response) => response.end('x'));
  const collected = await probe({ url: url.replace('127.0.0.1', 'localhost'), requests: 1 });
  assert.equal(countOf(collected, 'http.client.phase.duration', { phase: 'dns' }), 1);
});

test('time until the first byte is told from time for the body', async (t) => {
  const url = await httpServer(t, (request, response) => {
    if (request.url === '/late') setTimeout(() => response.end('x'), 60);
    else {
      response.write('x');
      setTimeout(() => response.end('y'), 60);
    }
  });
  const collected = await probe({ url, endpoints: ['/late', '/slow-body'], requests: 2 });
  const least = (name: string, labels: Labels): number => {
    const value = sampleOf(collected, name, labels);
    assert.ok(typeof value === 'object');
    return value.min;
  };
  const firstByte = (endpoint: string): number =>
    least('http.client.phase.duration', { endpoint, phase: 'first-byte' });
  const total = (endpoint: string): number => least('http.client.request.duration', { endpoint, connection: 'reused' });
  // Timers may fire a little early by the monotonic clock; the server's delay is a lower bound otherwise.
  assert.ok(firstByte('GET /late') >= 0.055, 'waited for the first byte');
  assert.ok(total('GET /late') >= firstByte('GET /late'));
  assert.ok(total('GET /slow-body') - firstByte('GET /slow-body') >= 0.03, 'the body took its time after it');
});

test('unsafe methods are not sent', async (t) => {
  const methods: (string | undefined)[] = [];
  const url = await httpServer(t, (request, response) => {
    methods.push(request.method);
    response.end();
  });
  const collected = await probe({
    url,
    endpoints: ['/', { path: '/orders', method: 'post', body: '{}' }],
    requests: 1,
  });
  assert.deepEqual([...new Set(methods)], ['GET']);
  assert.deepEqual(collected.gaps, [{ what: 'POST /orders', why: 'not probed: POST may change state' }]);
});

test('only unsafe endpoints: nothing is measured, nothing is thrown', async () => {
  const collected = await probe({ url: 'http://127.0.0.1:9', endpoints: [{ path: '/x', method: 'DELETE' }] });
  assert.deepEqual(collected.samples, []);
  assert.equal(collected.gaps?.length, 1);
});

test('what gzip would save is measured on the body itself', async (t) => {
  const url = await httpServer(t, (_, response) => response.setHeader('content-type', 'text/plain').end(TEXT));
  const { gzip, transferredBytes, decodedBytes } = factOf(await probe({ url, requests: 1 }), 'GET /');
  assert.equal(transferredBytes, TEXT.length);
  assert.equal(decodedBytes, TEXT.length);
  assert.deepEqual(gzip, { inputBytes: TEXT.length, outputBytes: gzipSync(TEXT, { level: 1 }).length });
});

for (const [coding, compress] of Object.entries({ gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync })) {
  test(`${coding} is seen on the wire and counted decompressed`, async (t) => {
    const body = compress(Buffer.from(TEXT));
    const offered: unknown[] = [];
    const url = await httpServer(t, (request, response) => {
      offered.push(request.headers['accept-encoding']);
      response.setHeader('content-encoding', coding).end(body);
    });
    const fact = factOf(await probe({ url, requests: 1 }), 'GET /');
    assert.equal(offered[0], 'gzip, br, zstd');
    assert.equal(fact.headers['content-encoding'], coding);
    assert.equal(fact.transferredBytes, body.length);
    assert.equal(fact.decodedBytes, TEXT.length);
    assert.equal(fact.gzip, null);
  });
}

test('a body that is not what its Content-Encoding says is a gap', async (t) => {
  const url = await httpServer(t, (_, response) => response.setHeader('content-encoding', 'gzip').end('plain text'));
  const collected = await probe({ url, requests: 1 });
  assert.equal(factOf(collected, 'GET /').decodedBytes, null);
  assert.match(collected.gaps?.[0]?.why ?? '', /not valid gzip/);
});

test('chunked bodies are counted without their framing', async (t) => {
  const url = await httpServer(t, (_, response) => {
    response.write('12345');
    response.end('67890');
  });
  const fact = factOf(await probe({ url, requests: 1 }), 'GET /');
  assert.equal(fact.transferredBytes, 10);
  assert.equal(fact.headers['transfer-encoding'], 'chunked');
});

test('redirects are recorded, without their query, and not followed', async (t) => {
  const seen: unknown[] = [];
  const url = await httpServer(t, (request, response) => {
    seen.push(request.url);
    response.writeHead(302, { location: '/login?token=abc' }).end();
  });
  const collected = await probe({ url, requests: 1 });
  const fact = factOf(collected, 'GET /');
  assert.equal(fact.status, 302);
  assert.equal(fact.location, '/login');
  assert.ok(seen.every((path) => path === '/'));
  assert.equal(sampleOf(collected, 'http.client.error.ratio', {}), 0);
});

test('expectStatus makes 404 a success and 200 an error', async (t) => {
  const url = await httpServer(t, (request, response) => response.writeHead(request.url === '/a' ? 404 : 200).end());
  const endpoints = ['/a', '/b'].map((path) => ({ path, name: path, expectStatus: 404 }));
  const collected = await probe({ url, endpoints, requests: 1 });
  assert.equal(sampleOf(collected, 'http.client.error.ratio', { endpoint: '/a' }), 0);
  assert.equal(sampleOf(collected, 'http.client.error.ratio', { endpoint: '/b' }), 1);
  assert.match(collected.gaps?.find(({ what }) => what === '/b')?.why ?? '', /the status was 200, expected 404/);
});

test('a server that closes after each response has no figures for a kept-alive connection, and that is said', async (t) => {
  const url = await httpServer(t, (_, response) => response.setHeader('connection', 'close').end('x'));
  const collected = await probe({ url, requests: 3 });
  assert.equal(countOf(collected, 'http.client.request.duration', { connection: 'reused' }), 0);
  assert.equal(countOf(collected, 'http.client.request.duration', { connection: 'fresh' }), 4);
  assert.match(collected.gaps?.[0]?.why ?? '', /closes the connection after each response/);
});

test('a server that drops kept-alive connections unannounced is not blamed for errors', async (t) => {
  const port = await tcpServer(t, (socket) => {
    let served = 0;
    socket.on('data', () => {
      served += 1;
      if (served > 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
    });
  });
  const collected = await probe({ url: `http://127.0.0.1:${port}`, requests: 3 });
  assert.equal(sampleOf(collected, 'http.client.error.ratio', {}), 0);
});

test('credentials are sent, noticed, and never part of what is collected', async (t) => {
  const seen: unknown[] = [];
  const url = await httpServer(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.setHeader('set-cookie', 'sid=hush').end('x');
  });
  const endpoints = [{ path: '/', headers: { Authorization: 'Bearer hush' } }];
  const collected = await probe({ url, endpoints, requests: 1 });
  assert.equal(seen[0], 'Bearer hush');
  const fact = factOf(collected, 'GET /');
  assert.equal(fact.authenticated, true);
  assert.equal(fact.setsCookie, true);
  assert.doesNotMatch(JSON.stringify(collected), /hush/);
});

test('HEAD has no body to judge', async (t) => {
  const url = await httpServer(t, (_, response) => response.setHeader('content-length', 5000).end());
  const collected = await probe({ url, endpoints: [{ path: '/', method: 'HEAD' }], requests: 1 });
  assert.equal(factOf(collected, 'HEAD /').decodedBytes, null);
  assert.equal(sampleOf(collected, 'http.client.response.body.size', {}), undefined);
});

test('TLS that is trusted by its CA: handshakes are a phase, one a fresh connection', async (t) => {
  const { url, certificate } = await httpsServer(t, (_, response) => response.end('x'));
  const collected = await probe({ url, tls: { ca: certificate }, requests: 3 });
  assert.equal(countOf(collected, 'http.client.phase.duration', { phase: 'tls' }), 3);
  assert.equal(countOf(collected, 'http.client.request.duration', { connection: 'reused' }), 3);
});

test('a slow endpoint gets fewer requests, but some', async (t) => {
  const url = await httpServer(t, (_, response) => setTimeout(() => response.end('x'), 30));
  const collected = await probe({ url, requests: 100, budget: '50ms' });
  const reused = countOf(collected, 'http.client.request.duration', { connection: 'reused' });
  assert.equal(reused, 3);
  assert.ok(countOf(collected, 'http.client.request.duration', { connection: 'fresh' }) >= 2);
});

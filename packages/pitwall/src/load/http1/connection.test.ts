import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import zlib from 'node:zlib';
import { MAX_CAPTURE } from '../channel.ts';
import type { Endpoint } from '../endpoint.ts';
import { listen, onRequest } from '../testing.ts';
import { drive } from '../transport-testing.ts';

const at = (port: number): Endpoint => ({ address: '127.0.0.1', port });
const raw = async (t: TestContext, handler: (socket: net.Socket, nth: number) => void): Promise<Endpoint> => {
  let nth = 0;
  return at(
    await listen(
      t,
      net.createServer((socket) => handler(socket, nth++)),
    ),
  );
};
const serve = async (t: TestContext, handler: RequestListener): Promise<Endpoint> =>
  at(await listen(t, createServer(handler)));

/** Answers every request on every connection with these bytes, in pieces of that size with a pause between them. */
const answering = (t: TestContext, answer: Buffer, piece: number, close: boolean): Promise<Endpoint> =>
  raw(t, (socket) => {
    socket.setNoDelay(true);
    onRequest(socket, async () => {
      for (let from = 0; from < answer.length; from += piece) {
        if (!socket.writable) return;
        socket.write(answer.subarray(from, from + piece));
        if (from + piece < answer.length) await delay(2);
      }
      if (close) socket.end();
    });
  });

const body = Buffer.from(JSON.stringify({ token: 'abc', list: Array.from({ length: 300 }, (_, i) => i * 7919) }));
const chunked = (bytes: Buffer, size: number): Buffer => {
  const parts: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) {
    const part = bytes.subarray(from, from + size);
    parts.push(Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nTrailer: t\r\n\r\n')]);
};
const gzipped = zlib.gzipSync(body);
const HEAD = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie:  b=2 \r\nX-Empty:\r\n';
const EARLY = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';

const framings: [name: string, answer: Buffer, size: number, close: boolean][] = [
  ['length', Buffer.concat([Buffer.from(`${HEAD}Content-Length: ${body.length}\r\n\r\n`), body]), body.length, false],
  [
    'chunks, after early hints',
    Buffer.concat([Buffer.from(`${EARLY}${HEAD}Transfer-Encoding: chunked\r\n\r\n`), chunked(body, 100)]),
    body.length,
    false,
  ],
  [
    'chunks, gzip',
    Buffer.concat([
      Buffer.from(`${HEAD}Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n`),
      chunked(gzipped, 37),
    ]),
    gzipped.length,
    false,
  ],
  ['until close', Buffer.concat([Buffer.from(`${HEAD}\r\n`), body]), body.length, true],
];

for (const [name, answer, size, close] of framings) {
  for (const piece of [answer.length, 700]) {
    test(`captured: ${name}, in pieces of ${piece}`, async (t) => {
      const to = await answering(t, answer, piece, close);
      const driven = await drive(t, { to, users: 2, requests: 6, request: { capture: true } });
      assert.deepEqual(driven.failures, []);
      for (const { captured, bytes, status, keepAlive } of driven.answers) {
        assert.equal(status, 200);
        assert.equal(bytes, answer.length);
        assert.equal(keepAlive, !close);
        assert.equal(captured!.status, 200);
        assert.equal(captured!.size, size);
        assert.equal(captured!.truncated, false);
        assert.ok(body.equals(captured!.body));
        const first = captured!.headers.slice(0, 3);
        assert.deepEqual(first, [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-empty', ''],
        ]);
      }
    });
  }
}

test('captured: a body that is larger than what is kept', async (t) => {
  const large = Buffer.alloc(3 * MAX_CAPTURE, 'abcdefg');
  for (const headers of [{ 'content-length': String(large.length) }, {}]) {
    const to = await serve(t, (_, response) => response.writeHead(200, headers).end(large));
    const { answers } = await drive(t, { to, requests: 2, request: { capture: true } });
    assert.equal(answers.length, 2);
    for (const { captured } of answers) {
      assert.equal(captured?.truncated, true);
      assert.equal(captured.size, large.length);
      assert.ok(captured.body.length > MAX_CAPTURE * 0.9 && captured.body.length <= MAX_CAPTURE);
      assert.ok(large.subarray(0, captured.body.length).equals(captured.body));
    }
  }
});

test('captured: answers without a body', async (t) => {
  const to = await serve(t, (_, response) => response.writeHead(200, { 'transfer-encoding': 'chunked' }).end());
  const head = await drive(t, { to, requests: 2, request: { method: 'HEAD', capture: true } });
  assert.deepEqual(
    head.answers.map(({ captured }) => [captured!.size, captured!.body.length, captured!.truncated]),
    [
      [0, 0, false],
      [0, 0, false],
    ],
  );
});

test('a request with a body arrives as it was given', async (t) => {
  const seen: string[] = [];
  const to = await serve(t, async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(`${request.method} ${request.url} ${request.headers.host} ${Buffer.concat(chunks).toString('hex')}`);
    response.end();
  });
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  await drive(t, { to, host: 'shop.example', requests: 2, request: { method: 'post', path: '/x?y=1', body: bytes } });
  assert.deepEqual(seen, Array(2).fill(`POST /x?y=1 shop.example ${bytes.toString('hex')}`));
});

test('Server-Timing is taken over, also from a head that repeats', async (t) => {
  let nth = 0;
  const to = await serve(t, (_, response) => {
    response.sendDate = false;
    nth++;
    if (nth <= 3) response.setHeader('Server-Timing', 'db;dur=2, total;dur=7.5');
    else if (nth === 5) response.setHeader('Server-Timing', ['a;dur=1', 'b;dur=3']);
    response.end('x');
  });
  const { answers } = await drive(t, { to, requests: 6 });
  assert.deepEqual(
    answers.map(({ serverMs }) => serverMs),
    [7.5, 7.5, 7.5, Number.NaN, 3, Number.NaN],
  );
});

test('the first byte is timed apart from the last', async (t) => {
  const to = await serve(t, async (_, response) => {
    await delay(30);
    response.write('a');
    await delay(60);
    response.end('b');
  });
  const { answers } = await drive(t, { to, requests: 3 });
  assert.equal(answers.length, 3);
  for (const { times } of answers) {
    assert.ok(times.firstByte - times.written >= 25, `first byte after ${times.firstByte - times.written} ms`);
    assert.ok(times.end - times.firstByte >= 50, `last byte ${times.end - times.firstByte} ms later`);
  }
});

test('a kept connection that the server had closed: safe requests are sent again once, others are resets', async (t) => {
  // Each connection answers once, then reads the next request and hangs up.
  const closing = (socket: net.Socket) =>
    onRequest(socket, (nth) => {
      if (nth === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
  const safe = await drive(t, { to: await raw(t, closing), requests: 5 });
  assert.deepEqual(safe.failures, []);
  assert.equal(safe.stale, 4);
  const unsafe = await drive(t, { to: await raw(t, closing), requests: 4, request: { method: 'POST' } });
  assert.equal(unsafe.stale, 0);
  assert.deepEqual(
    unsafe.failures.map(({ kind }) => kind),
    ['reset', 'reset'],
  );
});

test('failures have their kinds', async (t) => {
  const cases: [kind: string, reason: RegExp, handler: (socket: net.Socket) => void][] = [
    ['reset', /closed before the answer was complete/, (socket) => onRequest(socket, () => socket.end('HTTP/1.1 200'))],
    ['protocol', /status line/, (socket) => onRequest(socket, () => socket.write('hello there, this is no HTTP\r\n'))],
    ['timeout', /no complete answer/, (socket) => onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\n'))],
    [
      'protocol',
      /more bytes/,
      (socket) => onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxx')),
    ],
  ];
  for (const [kind, reason, handler] of cases) {
    const { failures } = await drive(t, { to: await raw(t, handler), timeout: 100 });
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.kind, kind);
    assert.match(failures[0]!.reason, reason);
  }
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { failures } = await drive(t, { to: at(port) });
  assert.equal(failures[0]?.kind, 'connect');
  assert.match(failures[0]!.reason, /ECONNREFUSED/);
});

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import zlib from 'node:zlib';
import { MAX_CAPTURE } from '../channel.ts';
import type { Endpoint } from '../endpoint.ts';
import { listen } from '../testing.ts';
import { type DriveOptions, drive } from '../transport-testing.ts';

type Handler = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

async function serve(t: TestContext, handler: Handler, settings: http2.Settings = {}): Promise<Endpoint> {
  const server = http2.createServer({ settings });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    handler(stream, headers);
  });
  server.on('sessionError', () => {});
  return { address: '127.0.0.1', port: await listen(t, server) };
}

const run = (t: TestContext, to: Endpoint, more: Partial<DriveOptions> = {}) =>
  drive(t, { to, protocol: 'http2', host: 'shop.example', ...more });

test('users share a connection, and are on it at the same time', async (t) => {
  const held: http2.ServerHttp2Stream[] = [];
  const sessions = new Set<unknown>();
  const to = await serve(t, (stream) => {
    sessions.add(stream.session);
    held.push(stream);
    // Nobody is answered before all are there.
    if (held.length % 20 === 0)
      for (const each of held.splice(0)) each.respond({ ':status': 200 }, { endStream: true });
  });
  const { answers, failures, transport, opened } = await run(t, to, { users: 20, requests: 60 });
  assert.deepEqual(failures, []);
  assert.equal(answers.length, 60);
  assert.equal(opened, 20);
  assert.equal(sessions.size, 1);
  const { protocol, opened: connections, connect, tls } = transport.counts();
  assert.deepEqual([protocol, connections, connect.count, tls], ['h2', 1, 1, null]);
});

test('connections are as many as asked for, or one for every hundred users', async (t) => {
  for (const [users, connections, shares] of [
    [9, 3, [3, 3, 3]],
    [210, undefined, [70, 70, 70]],
    [2, 50, [1, 1]],
  ] as const) {
    const streams = new Map<unknown, http2.ServerHttp2Stream[]>();
    const to = await serve(t, (stream) => {
      streams.set(stream.session, [...(streams.get(stream.session) ?? []), stream]);
      const all = [...streams.values()].flat();
      // Nobody is answered, and asks again, before all are there.
      if (all.length === users) for (const each of all) each.respond({ ':status': 204 }, { endStream: true });
    });
    await run(t, to, { users, ...(connections !== undefined && { connections }) });
    const sizes = [...streams.values()].map(({ length }) => length);
    assert.deepEqual(sizes, shares);
  }
});

test("the server's limit of streams is kept: who is beyond it waits, in order, and that is no error", async (t) => {
  let at = 0;
  let most = 0;
  const to = await serve(
    t,
    async (stream) => {
      most = Math.max(most, ++at);
      await delay(5);
      at--;
      stream.respond({ ':status': 200 });
      stream.end('ok');
    },
    { maxConcurrentStreams: 3 },
  );
  const { answers, failures } = await run(t, to, { users: 12, connections: 1, requests: 60 });
  assert.deepEqual(failures, []);
  assert.equal(answers.length, 60);
  assert.equal(most, 3);
  const held = answers.filter(({ held }) => held > 2);
  assert.ok(held.length > 40, `${held.length} waited`);
  // From its first write a request takes what the server takes, not what it waited.
  assert.ok(answers.every(({ times }) => times.firstByte - times.written < 1000));
  const perUser = Map.groupBy(answers, ({ channel }) => channel);
  for (const [user, own] of perUser) assert.ok(own.length >= 3, `user ${user} had its turn ${own.length} times`);
});

test('a limit that the server raises later is used', async (t) => {
  const waiting: http2.ServerHttp2Stream[] = [];
  const to = await serve(
    t,
    (stream) => {
      waiting.push(stream);
      if (waiting.length === 2) stream.session?.settings({ maxConcurrentStreams: 6 });
      if (waiting.length === 6) for (const each of waiting) each.respond({ ':status': 200 }, { endStream: true });
    },
    { maxConcurrentStreams: 2 },
  );
  const { answers, failures } = await run(t, to, { users: 6, connections: 1 });
  assert.deepEqual([answers.length, failures.length], [6, 0]);
});

test('requests and answers arrive as they were meant', async (t) => {
  const seen: unknown[] = [];
  const body = Buffer.from(JSON.stringify({ list: Array.from({ length: 500 }, (_, i) => i * 7919) }));
  const sent = zlib.gzipSync(body);
  const to = await serve(t, async (stream, headers) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    seen.push([headers[':method'], headers[':path'], headers[':authority'], headers[':scheme'], headers['x-key']]);
    seen.push(headers['content-length'], headers['user-agent'], Buffer.concat(chunks).length);
    stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
    stream.respond({
      ':status': 201,
      'content-encoding': 'gzip',
      'set-cookie': ['a=1', 'b=2'],
      'server-timing': 'db;dur=2, total;dur=7.5',
    });
    stream.end(sent);
  });
  const upload = Buffer.alloc(200_000, 'u');
  const { answers, failures } = await run(t, to, {
    requests: 2,
    request: { method: 'put', path: '/a?b=c', headers: { 'X-Key': '1', Host: 'other' }, body: upload, capture: true },
  });
  assert.deepEqual(failures, []);
  const request = [['PUT', '/a?b=c', 'other', 'http', '1'], String(upload.length), 'pitwall', upload.length];
  assert.deepEqual(seen, [...request, ...request]);
  for (const { status, bytes, serverMs, captured } of answers) {
    assert.deepEqual([status, bytes, serverMs], [201, sent.length, 7.5]);
    assert.equal(captured?.status, 201);
    assert.equal(captured.size, sent.length);
    assert.ok(body.equals(captured.body));
    const cookies = captured.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
    assert.deepEqual(cookies, ['a=1', 'b=2']);
    assert.ok(captured.headers.every(([name]) => !name.startsWith(':')));
  }
});

test('HEAD, and a body larger than what is kept', async (t) => {
  const large = Buffer.alloc(3 * MAX_CAPTURE, 'abcdefg');
  const to = await serve(t, (stream, headers) => {
    stream.respond({ ':status': 200, 'content-length': large.length });
    stream.end(headers[':method'] === 'HEAD' ? undefined : large);
  });
  const head = await run(t, to, { requests: 2, request: { method: 'HEAD', capture: true } });
  assert.deepEqual(head.failures, []);
  assert.deepEqual(
    head.answers.map(({ bytes, captured }) => [bytes, captured?.size, captured?.truncated]),
    [
      [0, 0, false],
      [0, 0, false],
    ],
  );
  const get = await run(t, to, { requests: 2, request: { capture: true } });
  assert.equal(get.answers.length, 2);
  for (const { bytes, captured } of get.answers) {
    assert.equal(bytes, large.length);
    assert.equal(captured?.truncated, true);
    assert.ok(large.subarray(0, MAX_CAPTURE).equals(captured.body));
  }
});

test('the first byte is timed apart from the last', async (t) => {
  const to = await serve(t, async (stream) => {
    await delay(30);
    stream.respond({ ':status': 200 });
    stream.write('a');
    await delay(60);
    stream.end('b');
  });
  const { answers } = await run(t, to, { requests: 3 });
  assert.equal(answers.length, 3);
  for (const { times, bytes } of answers) {
    assert.equal(bytes, 2);
    assert.ok(times.firstByte - times.written >= 25, `first byte after ${times.firstByte - times.written} ms`);
    assert.ok(times.end - times.firstByte >= 50, `last byte ${times.end - times.firstByte} ms later`);
  }
});

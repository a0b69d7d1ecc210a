import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../test/support/free-port.ts';
import type { Endpoint } from '../endpoint.ts';
import { listen } from '../testing.ts';
import { type DriveOptions, drive } from '../transport-testing.ts';
import { EMPTY_SETTINGS, PREFACE } from './preface.ts';

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_CANCEL } = http2.constants;

/** `nth` counts the requests from 0, `of` those of a connection. */
type Handler = (stream: http2.ServerHttp2Stream, nth: number, of: number) => void;

async function serve(t: TestContext, handler: Handler): Promise<Endpoint> {
  let nth = 0;
  const of = new WeakMap<object, number>();
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const own = of.get(stream.session!) ?? 0;
    of.set(stream.session!, own + 1);
    handler(stream, nth++, own);
  });
  server.on('sessionError', () => {});
  return { address: '127.0.0.1', port: await listen(t, server) };
}

const PROTOCOL_ERROR = http2.constants.NGHTTP2_PROTOCOL_ERROR;
const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const [END_STREAM, END_HEADERS] = [1, 4];
/** HPACK: `:status: 200` from the static table, and `content-length: 9` with its name from there (RFC 7541 §6, appendix A). */
const STATUS_200 = [0x88];
const NINE_BYTES = [0x0f, 0x0d, 1, 0x39];

function frame(type: number, flags: number, stream: number, payload: readonly number[] = []): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** A server that answers each HEADERS frame with these bytes: what Node's own would not send. */
async function serveFrames(t: TestContext, answer: (stream: number) => Buffer): Promise<Endpoint> {
  const server = net.createServer((socket) => {
    socket.write(EMPTY_SETTINGS);
    let rest = Buffer.alloc(0);
    let preface = PREFACE.length;
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      if (preface > 0 && rest.length >= preface) {
        rest = rest.subarray(preface);
        preface = 0;
      }
      while (preface === 0 && rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const [type, flags, stream] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
        rest = rest.subarray(9 + rest.readUIntBE(0, 3));
        if (type === SETTINGS && flags === 0) socket.write(frame(SETTINGS, 1, 0));
        else if (type === HEADERS) socket.write(answer(stream));
      }
    });
  });
  return { address: '127.0.0.1', port: await listen(t, server) };
}

const ok = (stream: http2.ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};

const run = (t: TestContext, to: Endpoint, more: Partial<DriveOptions> = {}) =>
  drive(t, { to, protocol: 'http2', ...more });

test('a refused stream is sent once more, whatever its method', async (t) => {
  const once = await serve(t, (stream, nth) => (nth % 2 === 0 ? stream.close(NGHTTP2_REFUSED_STREAM) : ok(stream)));
  const first = await run(t, once, { requests: 4, request: { method: 'POST' } });
  assert.deepEqual([first.answers.length, first.failures.length, first.stale], [4, 0, 4]);
  const always = await serve(t, (stream) => stream.close(NGHTTP2_REFUSED_STREAM));
  const second = await run(t, always, { requests: 3 });
  assert.equal(second.stale, 3);
  assert.deepEqual(
    second.failures.map(({ kind, reason }) => [kind, reason]),
    Array(3).fill(['reset', 'the stream was reset (REFUSED_STREAM)']),
  );
  // Whoever refuses twice may have had an error that it does not tell of: the next request goes to a fresh connection.
  assert.equal(second.transport.counts().opened, 3);
});

test('a stream that is reset fails alone, whatever had come of its answer', async (t) => {
  // In turn: head and some of the body, the head, nothing; then an answer, so that the connection has proved good.
  const codes = [0, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, PROTOCOL_ERROR];
  let nth = 0;
  const to = await serveFrames(t, (stream) => {
    const code = codes[(nth >> 2) % codes.length]!;
    const reset = frame(RST_STREAM, 0, stream, [0, 0, 0, code]);
    const head = frame(HEADERS, END_HEADERS, stream, [...STATUS_200, ...NINE_BYTES]);
    switch (nth++ % 4) {
      case 0:
        return Buffer.concat([head, frame(DATA, 0, stream, [1, 2]), reset]);
      case 1:
        return Buffer.concat([head, reset]);
      case 2:
        return reset;
      default:
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200);
    }
  });
  const { answers, failures, transport } = await run(t, to, { requests: 32 });
  assert.equal(transport.counts().opened, 1);
  assert.equal(answers.length, 8);
  const kinds = failures.map(({ kind, reason }) => `${kind}: ${reason}`);
  const times = Object.fromEntries(
    Map.groupBy(kinds, (kind) => kind)
      .entries()
      .map(([kind, all]) => [kind, all.length]),
  );
  assert.deepEqual(times, {
    'protocol: the answer is shorter than it announced': 4,
    'reset: the stream was closed before the answer was complete': 2,
    'reset: the stream was reset (INTERNAL_ERROR)': 6,
    'reset: the stream was reset (CANCEL)': 6,
    'protocol: the stream was reset (PROTOCOL_ERROR)': 6,
  });
});

test('GOAWAY in order: what is under way ends, the rest goes to a new connection, nothing is lost', async (t) => {
  const to = await serve(t, (stream, _, of) => {
    if (of === 9) stream.session?.goaway(0, stream.id!);
    setTimeout(() => ok(stream), 2);
    if (of === 9) stream.session?.close();
  });
  const { answers, failures, transport } = await run(t, to, { users: 4, connections: 1, requests: 100 });
  assert.deepEqual(failures, []);
  assert.equal(answers.length, 100);
  const { opened } = transport.counts();
  assert.ok(opened >= 9 && opened <= 14, `${opened} connections`);
});

test('GOAWAY: streams beyond its last one were not processed and are sent again, others are resets', async (t) => {
  const beyond = await serve(t, (stream, nth) => {
    // Four streams are open: the first two are processed.
    if (nth === 3) stream.session?.goaway(0, stream.id! - 4);
    else if (nth > 3 || stream.id! <= 3) setTimeout(() => ok(stream), 20);
  });
  const first = await run(t, beyond, { users: 4, requests: 8, request: { method: 'POST' } });
  assert.deepEqual(first.failures, []);
  assert.deepEqual([first.answers.length, first.stale], [8, 2]);

  const angry = await serve(t, (stream, nth) => {
    if (nth === 1) stream.session?.goaway(NGHTTP2_ENHANCE_YOUR_CALM, stream.id);
    else if (nth > 1) ok(stream);
  });
  const second = await run(t, angry, { users: 2, requests: 6, request: { method: 'POST' } });
  assert.equal(second.answers.length, 4);
  assert.deepEqual(
    second.failures.map(({ kind, reason }) => [kind, reason]),
    Array(2).fill(['reset', 'the server ended the connection (GOAWAY, ENHANCE_YOUR_CALM)']),
  );
});

test('a connection that breaks', async (t) => {
  const cut = await serve(t, (stream, nth) => {
    if (nth === 2) {
      stream.respond({ ':status': 200 });
      stream.write('half');
      setTimeout(() => stream.session?.destroy(), 5);
    } else if (nth > 2 || nth < 2) ok(stream);
  });
  const first = await run(t, cut, { requests: 6 });
  assert.equal(first.answers.length, 5);
  assert.equal(first.failures[0]?.kind, 'reset');
  // Nothing of the answer had come: GET is safe to repeat, POST is not.
  const silent = () => serve(t, (stream, _, of) => (of === 1 ? stream.session?.destroy() : ok(stream)));
  const safe = await run(t, await silent(), { requests: 5 });
  assert.deepEqual([safe.answers.length, safe.failures.length, safe.stale], [5, 0, 4]);
  const unsafe = await run(t, await silent(), { requests: 4, request: { method: 'POST' } });
  assert.deepEqual([unsafe.answers.length, unsafe.failures.length, unsafe.stale], [2, 2, 0]);
});

test('a request that is not answered in time is cancelled, and others go on', async (t) => {
  const cancelled: number[] = [];
  const to = await serve(t, (stream, nth) => {
    if (nth % 4 !== 0) ok(stream);
    else stream.on('close', () => cancelled.push(stream.rstCode));
  });
  const { answers, failures, transport } = await run(t, to, { users: 2, requests: 8, timeout: 80 });
  assert.equal(answers.length, 6);
  assert.deepEqual(
    failures.map(({ kind }) => kind),
    ['timeout', 'timeout'],
  );
  assert.equal(transport.counts().opened, 1);
  for (let tries = 0; cancelled.length < 2 && tries < 100; tries++) await delay(10);
  assert.deepEqual(cancelled, [NGHTTP2_CANCEL, NGHTTP2_CANCEL]);
});

test('a connection that does not even answer a ping is given up on', async (t) => {
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    socket.write(EMPTY_SETTINGS);
    socket.resume();
  });
  const to = { address: '127.0.0.1', port: await listen(t, server) };
  const { failures } = await run(t, to, { requests: 5, timeout: 40 });
  assert.deepEqual(
    failures.map(({ kind }) => kind),
    Array(5).fill('timeout'),
  );
  assert.ok(connections >= 2, `${connections} connections`);
});

test('words that are not HTTP/2, and nobody there', async (t) => {
  const wrong = net.createServer((socket) => {
    socket.write(EMPTY_SETTINGS);
    // A DATA frame on stream 0: RFC 9113 §6.1 makes it an error of the connection.
    socket.on('data', () => socket.write(Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 0, 65])));
  });
  const { failures } = await run(t, { address: '127.0.0.1', port: await listen(t, wrong) });
  assert.equal(failures[0]?.kind, 'protocol');
  const closing = net.createServer((socket) => socket.end());
  const closed = await run(t, { address: '127.0.0.1', port: await listen(t, closing) });
  assert.equal(closed.failures[0]?.kind, 'connect');
  const silent = await run(t, { address: '127.0.0.1', port: await listen(t, net.createServer()) }, { timeout: 50 });
  assert.deepEqual([silent.failures[0]?.kind, silent.failures[0]?.reason], ['connect', 'no connection in time']);
  const nobody = await run(t, { address: '127.0.0.1', port: await freePort() });
  assert.equal(nobody.failures[0]?.kind, 'connect');
  assert.match(nobody.failures[0]!.reason, /ECONNREFUSED/);
});

test('an answer that is shorter than it announced is not counted as one', async (t) => {
  const to = await serve(t, (stream) => {
    stream.respond({ ':status': 200, 'content-length': 100 });
    stream.end('short');
  });
  const { answers, failures } = await run(t, to, { requests: 2 });
  assert.equal(answers.length, 0);
  assert.deepEqual(
    failures.map(({ kind }) => kind),
    ['protocol', 'protocol'],
  );
});

test('fuzz: whatever the server says, every request comes to an end and nothing is thrown', async (t) => {
  let state = 20261121;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const to = await serveFrames(t, (stream) => {
    const good = [frame(HEADERS, END_HEADERS, stream, STATUS_200), frame(DATA, END_STREAM, stream, [1, 2, 3])];
    const kind = below(8);
    if (kind < 4) return Buffer.concat(good);
    if (kind === 4) {
      const payload = Array.from({ length: below(20) }, () => below(256));
      return Buffer.concat([frame(below(12), below(256), below(2) * stream, payload), ...good]);
    }
    const bytes = Buffer.concat(good);
    if (kind === 5) return bytes.subarray(0, below(bytes.length));
    for (let edits = 1 + below(3); edits > 0; edits--) bytes[below(bytes.length)] = below(256);
    return bytes;
  });
  const { answers, failures } = await run(t, to, { users: 8, connections: 3, requests: 400, timeout: 40 });
  assert.equal(answers.length + failures.length, 400);
  const kinds = new Set(failures.map(({ kind }) => kind));
  // Half are good; on a busy machine many of them come after the 40 ms.
  assert.ok(answers.length > 30, `${answers.length} answers`);
  assert.ok(kinds.has('protocol') && kinds.has('timeout'), [...kinds].join());
});

test('closing while requests are under way is quiet', async (t) => {
  const to = await serve(t, () => {});
  await assert.rejects(run(t, to, { users: 5, limit: 100 }), /0 answers and 0 failures/);
});

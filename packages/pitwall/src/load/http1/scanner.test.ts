import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadMemo } from './head-memo.ts';
import { MAX_HEAD_BYTES, ResponseScanner } from './scanner.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

interface Outcome {
  readonly done: boolean;
  readonly status: number;
  readonly keepAlive: boolean;
  readonly error: string | null;
  readonly used: number;
}

/** Feeds the pieces as a connection does, each at another offset of the same buffer; optionally closes at the end. */
function scan(
  pieces: readonly Uint8Array[],
  options: { head?: boolean; close?: boolean; memo?: HeadMemo } = {},
): Outcome {
  const scanner = new ResponseScanner();
  scanner.start(options.head ?? false, options.memo ?? new HeadMemo());
  const shared = new Uint8Array(1 << 18);
  let used = 0;
  for (const piece of pieces) {
    const from = used % 7;
    shared.fill(0xaa);
    shared.set(piece, from);
    const at = scanner.push(shared, from, from + piece.length);
    assert.ok(at >= from && at <= from + piece.length);
    used += at - from;
    if (scanner.done || scanner.error !== null) break;
  }
  if (options.close) scanner.end();
  const { done, status, keepAlive, error } = scanner;
  return { done, status, keepAlive, error, used };
}

const NGINX = bytes(
  'HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Type: text/plain\r\n' +
    'Content-Length: 5\r\nLast-Modified: Fri, 20 Nov 2026 09:00:00 GMT\r\nConnection: keep-alive\r\n' +
    'ETag: "673db000-5"\r\nAccept-Ranges: bytes\r\n\r\nhello',
);
const CHUNKED = bytes(
  'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\n1A;name=value\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\nTrailer: x\r\n\r\n',
);

const complete: [
  name: string,
  response: Buffer,
  expected: Partial<Outcome>,
  options?: { head?: boolean; close?: boolean },
][] = [
  ['content length', NGINX, { status: 200, keepAlive: true }],
  ['chunked with extension and trailer', CHUNKED, { status: 200, keepAlive: true }],
  ['empty body', bytes('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), { keepAlive: true }],
  ['bare line feeds', bytes('HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno'), { status: 404, keepAlive: true }],
  ['no reason phrase', bytes('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'), { status: 200 }],
  [
    'connection close',
    bytes('HTTP/1.1 200 OK\r\nConnection: foo , CLOSE\r\nContent-Length: 1\r\n\r\nx'),
    { keepAlive: false },
  ],
  [
    'close inside a word is not close',
    bytes('HTTP/1.1 200 OK\r\nConnection: closed\r\nContent-Length: 0\r\n\r\n'),
    { keepAlive: true },
  ],
  ['HTTP/1.0', bytes('HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx'), { keepAlive: false }],
  [
    'HTTP/1.0 keep-alive',
    bytes('HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx'),
    { keepAlive: true },
  ],
  ['until close', bytes('HTTP/1.1 200 OK\r\n\r\nwhatever'), { keepAlive: false }, { close: true }],
  [
    'unknown encoding until close',
    bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n5'),
    { keepAlive: false },
    { close: true },
  ],
  ['204', bytes('HTTP/1.1 204 No Content\r\n\r\n'), { status: 204, keepAlive: true }],
  [
    '304 with length',
    bytes('HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n'),
    { status: 304, keepAlive: true },
  ],
  ['HEAD', bytes('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n'), { keepAlive: true }, { head: true }],
  ['HEAD chunked', bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), { keepAlive: true }, { head: true }],
  [
    'informational first',
    bytes(
      'HTTP/1.1 103 Early Hints\r\nConnection: close\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx',
    ),
    { status: 201, keepAlive: true },
  ],
  [
    'both framings',
    bytes('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    { keepAlive: false },
  ],
  [
    'the same length twice',
    bytes('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nCONTENT-LENGTH:1\r\n\r\nx'),
    { keepAlive: true },
  ],
];

for (const [name, response, expected, options] of complete) {
  test(`complete: ${name}, split at every boundary`, () => {
    const whole = scan([response], options);
    assert.equal(whole.error, null);
    assert.equal(whole.done, true);
    assert.equal(whole.used, response.length);
    for (const [key, value] of Object.entries(expected)) assert.equal(whole[key as keyof Outcome], value, key);
    for (let i = 1; i < response.length; i++) {
      assert.deepEqual(scan([response.subarray(0, i), response.subarray(i)], options), whole, `split at ${i}`);
      if (!options?.close) assert.equal(scan([response.subarray(0, i)], options).done, false, `cut at ${i}`);
    }
    const single = Array.from(response, (_, i) => response.subarray(i, i + 1));
    assert.deepEqual(scan(single, options), whole);
  });
}

test('a remembered head changes nothing, whatever came before', () => {
  const memos = { get: new HeadMemo(), head: new HeadMemo() };
  for (const [, first] of complete) {
    for (const [name, response, , options] of complete) {
      const memo = options?.head ? memos.head : memos.get;
      const fresh = scan([response], options);
      if (!options?.head) scan([first], { memo });
      for (const round of [1, 2]) {
        assert.deepEqual(scan([response], { ...options, memo }), fresh, `${name}, round ${round}`);
        const half = response.length >> 1;
        const split = [response.subarray(0, half), response.subarray(half)];
        assert.deepEqual(scan(split, { ...options, memo }), fresh, `${name}, split, round ${round}`);
      }
    }
  }
});

test('a head too long to be remembered is read anew', () => {
  const memo = new HeadMemo();
  const long = bytes(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(3000)}\r\nContent-Length: 0\r\n\r\n`);
  for (const response of [NGINX, long, long, NGINX]) assert.equal(scan([response], { memo }).done, true);
});

test('a response that is cut off is not complete when the peer closes', () => {
  for (const response of [NGINX, CHUNKED]) {
    for (let i = 0; i < response.length; i++) {
      assert.equal(scan([response.subarray(0, i)], { close: true }).done, false, `cut at ${i}`);
    }
  }
});

test('what follows a response is left alone, and the scanner can be used again', () => {
  const two = Buffer.concat([NGINX, CHUNKED]);
  const scanner = new ResponseScanner();
  scanner.start(false, new HeadMemo());
  assert.equal(scanner.push(two, 0, two.length), NGINX.length);
  assert.equal(scanner.done, true);
  scanner.start(false, new HeadMemo());
  assert.equal(scanner.done, false);
  assert.equal(scanner.push(two, NGINX.length, two.length), two.length);
  assert.equal(scanner.done, true);
});

const broken: [name: string, response: string][] = [
  ['not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['HTTP/2 preface', 'HTTP/2 200 OK\r\n\r\n'],
  ['a letter for a minor version', 'HTTP/1.x 200 OK\r\n\r\n'],
  ['status with two digits', 'HTTP/1.1 20 OK and more\r\n\r\n'],
  ['status with four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['status out of range', 'HTTP/1.1 999 OK\r\n\r\n'],
  ['empty first line', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['length is not a number', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n'],
  ['negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['empty length', 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n'],
  ['length beyond exact numbers', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
  ['blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n'],
  ['folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
  ['header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['chunk size is not hexadecimal', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['empty chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n'],
  ['huge chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n'],
  ['chunk longer than announced', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n'],
  ['unasked protocol switch', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'],
];

for (const [name, response] of broken) {
  test(`protocol error: ${name}, split at every boundary`, () => {
    const all = bytes(response);
    const { error } = scan([all]);
    assert.match(error ?? '', /^[a-zA-Z].+[a-z]$/);
    for (let i = 1; i < all.length; i++) assert.equal(scan([all.subarray(0, i), all.subarray(i)]).error, error);
  });
}

test('endless headers, trailers, lines and chunk sizes are given up on at the limit', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
  const many = 'X: y\r\n'.repeat(MAX_HEAD_BYTES / 4);
  const long = 'a'.repeat(MAX_HEAD_BYTES + 1);
  for (const hostile of [long, `${head}X: ${long}`, head + many, `${chunked}0\r\n${many}`, `${chunked}5;${long}`]) {
    const all = bytes(hostile);
    const pieces: Buffer[] = [];
    for (let i = 0; i < all.length; i += 1000) pieces.push(all.subarray(i, i + 1000));
    assert.match(scan(pieces).error ?? '', /bytes of headers/);
    assert.match(scan([all]).error ?? '', /bytes of headers/);
  }
  const fits = bytes(`${head}X: ${'a'.repeat(MAX_HEAD_BYTES - 100)}\r\nContent-Length: 0\r\n\r\n`);
  assert.equal(scan([fits]).done, true);
});

/** mulberry32: a small seeded generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('fuzz: damaged and random bytes never throw, and the outcome does not depend on how they arrive', () => {
  const next = random(20261120);
  const below = (limit: number) => Math.floor(next() * limit);
  const seeds = [...complete.map(([, response]) => response), ...broken.map(([, text]) => bytes(text))];
  const memos = { get: new HeadMemo(), head: new HeadMemo() };
  const outcomes = { done: 0, error: 0, open: 0 };
  for (let round = 0; round < 20_000; round++) {
    let input: Buffer;
    if (round % 10 === 0) {
      input = Buffer.from(Array.from({ length: below(200) }, () => below(256)));
    } else {
      input = Buffer.from(seeds[below(seeds.length)]!);
      for (let edits = 1 + below(4); edits > 0; edits--) {
        const at = below(input.length);
        const kind = below(3);
        if (kind === 0) input[at] = below(256);
        else if (kind === 1) input = Buffer.concat([input.subarray(0, at), input.subarray(at + 1 + below(4))]);
        else input = Buffer.concat([input.subarray(0, at), input.subarray(below(at + 1), at), input.subarray(at)]);
        if (input.length === 0) input = bytes('\n');
      }
    }
    const pieces: Buffer[] = [];
    for (let at = 0; at < input.length; ) {
      const length = 1 + below(next() < 0.5 ? 4 : 100);
      pieces.push(input.subarray(at, at + length));
      at += length;
    }
    const options = { head: next() < 0.1, close: next() < 0.3 };
    const whole = scan([input], options);
    const split = scan(pieces, options);
    assert.deepEqual(scan([input], { ...options, memo: options.head ? memos.head : memos.get }), whole);
    // After an error the rest is not read, so only how much was read may differ.
    assert.deepEqual({ ...split, used: 0 }, { ...whole, used: 0 }, JSON.stringify(input.toString('latin1')));
    if (whole.error === null) assert.equal(split.used, whole.used);
    assert.ok(!(whole.done && whole.error !== null));
    outcomes[whole.done ? 'done' : whole.error === null ? 'open' : 'error']++;
  }
  for (const [kind, times] of Object.entries(outcomes)) assert.ok(times > 500, `only ${times} ${kind}`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { MAX_CAPTURE } from './channel.ts';
import { decodeBody } from './decode-body.ts';

const text = Buffer.from(JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `device ${id * 7919}` }))));

const encoders: [encoding: string, encode: (bytes: Buffer) => Buffer][] = [
  ['gzip', (bytes) => zlib.gzipSync(bytes)],
  ['X-Gzip', (bytes) => zlib.gzipSync(bytes)],
  ['deflate', (bytes) => zlib.deflateSync(bytes)],
  ['deflate', (bytes) => zlib.deflateRawSync(bytes)],
  ['br', (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } })],
  ['zstd', (bytes) => zlib.zstdCompressSync(bytes)],
  ['identity', (bytes) => bytes],
  ['', (bytes) => bytes],
  ['deflate, gzip', (bytes) => zlib.gzipSync(zlib.deflateSync(bytes))],
];

for (const [index, [encoding, encode]] of encoders.entries()) {
  test(`${encoding || 'no encoding'} (${index}): whole, cut off, and larger than is kept`, () => {
    const whole = decodeBody(encode(text), encoding, false);
    assert.equal(whole.truncated, false);
    assert.ok(text.equals(whole.body));
    assert.equal(decodeBody(Buffer.alloc(0), encoding, false).body.length, 0);

    // Noise does not compress, so that half of what was sent holds something in every encoding.
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 0xff));
    const sent = encode(noise);
    const half = decodeBody(sent.subarray(0, sent.length >> 1), encoding, true);
    assert.equal(half.truncated, true);
    assert.ok(half.body.length > 0 && half.body.length < noise.length);
    assert.ok(noise.subarray(0, half.body.length).equals(half.body));

    const large = Buffer.concat(Array.from({ length: 20 }, () => noise));
    const kept = decodeBody(encode(large), encoding, false);
    assert.equal(kept.truncated, true);
    assert.ok(large.subarray(0, MAX_CAPTURE).equals(kept.body));

    const bomb = Buffer.alloc(12 * MAX_CAPTURE, 'a');
    const rest = decodeBody(encode(bomb), encoding, false);
    assert.equal(rest.truncated, true);
    assert.ok(rest.body.length <= MAX_CAPTURE && bomb.subarray(0, rest.body.length).equals(rest.body));
  });
}

test('what cannot be decoded is handed back as it came', () => {
  const broken = zlib.gzipSync(text);
  broken.fill(0xff, 20, 60);
  const cases: [string, Buffer][] = [
    ['gzip', broken],
    ['gzip', text],
    ['br', Buffer.from([0xff, 0xff, 0xff])],
    ['compress', text],
    ['gzip, gzip, gzip', zlib.gzipSync(zlib.gzipSync(zlib.gzipSync(text)))],
  ];
  for (const [encoding, bytes] of cases) {
    const { body, truncated } = decodeBody(bytes, encoding, false);
    assert.ok(bytes.equals(body), encoding);
    assert.equal(truncated, false);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { measureContent } from './content.ts';

test('no body has no gzipped size', async () => {
  assert.deepEqual(await measureContent(Buffer.alloc(0), ''), { decodedBytes: 0, gzip: null });
});

test('only the first 4 MiB are compressed', async () => {
  const { decodedBytes, gzip } = await measureContent(Buffer.alloc(5 * 1024 * 1024, 'ab'), 'identity');
  assert.equal(decodedBytes, 5 * 1024 * 1024);
  assert.equal(gzip?.inputBytes, 4 * 1024 * 1024);
});

test('codings are recognised whatever their case', async () => {
  assert.equal((await measureContent(gzipSync('hello'), ' GZIP ')).decodedBytes, 5);
  assert.equal((await measureContent(deflateSync('hello'), 'deflate')).decodedBytes, 5);
});

test('a decompression bomb is not blown up', async () => {
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));
  const { decodedBytes, because } = await measureContent(bomb, 'gzip');
  assert.equal(decodedBytes, null);
  assert.match(because ?? '', /huge/);
});

test('what is unknown is said', async () => {
  assert.match((await measureContent(Buffer.from('x'), 'sdch')).because ?? '', /sdch is unknown/);
  assert.match((await measureContent(null, 'gzip')).because ?? '', /too long/);
});

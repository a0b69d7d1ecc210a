import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import type { LoadEndpoint, LoadOptions } from '../model/load.ts';
import { validateOptions } from './options.ts';

const endpoint: LoadEndpoint = { name: 'e', method: 'GET', path: '/', headers: {}, weight: 1 };
const base: LoadOptions = {
  url: 'http://127.0.0.1:1',
  endpoints: [endpoint],
  shape: 'constant-rate',
  users: 50_000,
  rate: 1_000_000,
  duration: 86_400,
  warmup: 0,
  timeout: 10,
  workers: 1,
  seed: 1,
  allow: [],
};

test('the limits themselves are allowed', () => {
  validateOptions(base);
  validateOptions({ ...base, shape: 'closed' });
});

const refused: [change: Partial<LoadOptions>, problem: RegExp][] = [
  [{ url: 'ftp://127.0.0.1' }, /http:\/\/ or https/],
  [{ url: 'not a url' }, /http:\/\/ or https/],
  [{ url: 'http://u:secret@127.0.0.1' }, /must not contain a user name/],
  [{ url: 'http://127.0.0.1/path' }, /end after host and port/],
  [{ endpoints: Array.from({ length: 501 }, () => endpoint), workers: 2 }, /at most 1000/],
  [{ users: 50_001 }, /users .* 50000/],
  [{ users: 0 }, /users/],
  [{ users: 1.5 }, /users/],
  [{ workers: 0 }, /workers/],
  [{ duration: 86_401 }, /at most 24 h/],
  [{ duration: 0 }, /duration/],
  [{ duration: Number.NaN }, /duration/],
  [{ warmup: -1 }, /warm-up/],
  [{ timeout: 0 }, /timeout/],
  [{ rate: 1_000_001 }, /rate .* 1000000/],
  [{ rate: 0 }, /rate/],
  [{ rate: 0.1, duration: 1 }, /not even one request/],
  [{ shape: 'square' as 'closed' }, /shape/],
  [{ protocol: 'http3' as 'http2' }, /HTTP\/3 is not supported/],
  [{ protocol: 'spdy' as 'http2' }, /must be http1 or http2/],
  [{ protocol: 'http2', connections: 0 }, /connections/],
  [{ endpoints: [] }, /no endpoint/],
  [{ endpoints: [{ ...endpoint, weight: 0 }] }, /weight of e/],
  [{ endpoints: [{ ...endpoint, path: 'x' }] }, /begin with \//],
  [{ endpoints: [{ ...endpoint, path: '/a b' }] }, /percent-encoded/],
  [{ endpoints: [{ ...endpoint, path: '/\r\nX: y' }] }, /percent-encoded/],
  [{ endpoints: [{ ...endpoint, method: 'GE T' }] }, /not a method/],
  [{ endpoints: [{ ...endpoint, method: 'CONNECT' }] }, /not a method/],
  [{ endpoints: [{ ...endpoint, headers: { 'X\r\n': 'y' } }] }, /not a header name/],
  [{ endpoints: [{ ...endpoint, headers: { X: 'y\r\nZ: z' } }] }, /cannot be sent/],
  [{ endpoints: [{ ...endpoint, headers: { 'content-Length': '3' } }] }, /set by Pitwall/],
];

for (const [change, problem] of refused) {
  test(`refused: ${JSON.stringify(change).slice(0, 100)}`, () => {
    assert.throws(
      () => validateOptions({ ...base, ...change }),
      (error: unknown) => {
        assert.ok(error instanceof PitwallError);
        assert.equal(error.code, 'LOAD_OPTIONS_INVALID');
        assert.equal(error.exitCode, 2);
        assert.match(error.message, problem);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
}

test('a constant rate needs its rate', () => {
  const { rate: _, ...without } = base;
  assert.throws(() => validateOptions(without), /needs a rate/);
});

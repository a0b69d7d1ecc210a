import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlainRequest } from '../channel.ts';
import { encodeRequest, requestProblem } from './request.ts';

const plain: PlainRequest = { method: 'get', path: '/a?b=c', headers: {}, body: null, capture: false };
const text = (change: Partial<PlainRequest>) => encodeRequest({ ...plain, ...change }, 'h:8080').payload.toString();

test('a request with its defaults', () => {
  assert.equal(text({}), 'GET /a?b=c HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: pitwall\r\n\r\n');
});

test('configured headers replace defaults whatever their case', () => {
  const sent = text({ headers: { HOST: 'other', accept: 'text/html', 'X-Key': 'é' } });
  assert.match(sent, /^GET .*\r\nHOST: other\r\nUser-Agent: pitwall\r\naccept: text\/html\r\nX-Key: .\r\n\r\n$/);
});

test('a body has its length in bytes, and POST without one says so', () => {
  assert.match(text({ method: 'POST', body: Buffer.from('é€') }), /\r\nContent-Length: 5\r\n\r\né€$/);
  assert.match(text({ method: 'PUT' }), /\r\nContent-Length: 0\r\n\r\n$/);
  assert.doesNotMatch(text({ method: 'DELETE' }), /Content-Length/);
});

test('HEAD and idempotent methods are known', () => {
  const of = (method: string) => encodeRequest({ ...plain, method }, 'h');
  assert.equal(of('HEAD').head, true);
  assert.equal(of('GET').head, false);
  assert.deepEqual(
    ['GET', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => of(method).idempotent),
    [true, true, true, false, false],
  );
});

test('what cannot be sent is said', () => {
  const problem = (change: Partial<PlainRequest>, protocol?: 'http1' | 'http2') =>
    requestProblem({ ...plain, ...change }, protocol);
  assert.equal(problem({}), null);
  assert.match(problem({ method: 'CONNECT' }) ?? '', /not a method/);
  assert.match(problem({ path: 'a b' }) ?? '', /percent-encoded/);
  assert.match(problem({ headers: { 'X-A': 'a\r\nb' } }) ?? '', /cannot be sent/);
  assert.match(problem({ headers: { 'Content-length': '1' } }) ?? '', /set by Pitwall/);
  assert.equal(problem({ headers: { Connection: 'close' } }), null);
  assert.match(problem({ headers: { Connection: 'close' } }, 'http2') ?? '', /does not exist in HTTP\/2/);
});

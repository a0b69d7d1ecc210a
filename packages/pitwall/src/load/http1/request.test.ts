import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadEndpoint } from '../../model/load.ts';
import { encodeRequest } from './request.ts';

const endpoint: LoadEndpoint = { name: 'e', method: 'get', path: '/a?b=c', headers: {}, weight: 1 };
const text = (change: Partial<LoadEndpoint>) => encodeRequest({ ...endpoint, ...change }, 'h:8080').bytes.toString();

test('a request with its defaults', () => {
  assert.equal(text({}), 'GET /a?b=c HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: pitwall\r\nAccept: */*\r\n\r\n');
});

test('configured headers replace defaults whatever their case', () => {
  const sent = text({ headers: { HOST: 'other', accept: 'text/html', 'X-Key': 'é' } });
  assert.match(sent, /^GET .*\r\nHOST: other\r\nUser-Agent: pitwall\r\naccept: text\/html\r\nX-Key: .\r\n\r\n$/);
});

test('a body has its length in bytes, and POST without one says so', () => {
  assert.match(text({ method: 'POST', body: 'é€' }), /\r\nContent-Length: 5\r\n\r\né€$/);
  assert.match(text({ method: 'PUT' }), /\r\nContent-Length: 0\r\n\r\n$/);
  assert.doesNotMatch(text({ method: 'DELETE' }), /Content-Length/);
});

test('HEAD and idempotent methods are known', () => {
  const of = (method: string) => encodeRequest({ ...endpoint, method }, 'h');
  assert.equal(of('HEAD').head, true);
  assert.equal(of('GET').head, false);
  assert.deepEqual(
    ['GET', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => of(method).idempotent),
    [true, true, true, false, false],
  );
});

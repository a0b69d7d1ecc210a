import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { httpOptions } from './options.ts';

function problems(options: unknown): string[] {
  const result = httpOptions.safeParse(options);
  assert.ok(!result.success, 'it should have been refused');
  return result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('fills in what is left out', () => {
  assert.deepEqual(httpOptions.parse({ url: 'http://127.0.0.1:8080' }), {
    url: 'http://127.0.0.1:8080',
    endpoints: [{ name: 'GET /', method: 'GET', path: '/', headers: {} }],
    requests: 20,
    timeout: 10,
    budget: 2,
    tls: { rejectUnauthorized: true },
  });
});

test('endpoints are paths or objects; a base path becomes part of theirs', () => {
  const { url, endpoints } = httpOptions.parse({
    url: 'https://[::1]:8443/app/',
    endpoints: [
      '/health',
      { path: '/orders?open=1', name: 'orders', method: 'post', headers: { 'X-N': 1 }, body: '{}' },
    ],
  });
  assert.equal(url, 'https://[::1]:8443');
  assert.deepEqual(endpoints, [
    { name: 'GET /app/health', method: 'GET', path: '/app/health', headers: {} },
    { name: 'orders', method: 'POST', path: '/app/orders?open=1', headers: { 'X-N': '1' }, body: '{}' },
  ]);
});

test('without endpoints the address itself is requested', () => {
  assert.equal(httpOptions.parse({ url: 'http://h/a/b?c=1' }).endpoints[0]?.path, '/a/b?c=1');
});

test('timeouts are seconds or text with a unit', () => {
  const timeout = (value: unknown): number => httpOptions.parse({ url: 'http://h', timeout: value }).timeout;
  assert.equal(timeout(2), 2);
  assert.equal(timeout('500ms'), 0.5);
  for (const bad of ['soon', -1, 0, '1h']) {
    assert.match(problems({ url: 'http://h', timeout: bad })[0] ?? '', /timeout: expected a duration/);
  }
});

test('addresses that cannot be meant are refused, each with what is wrong', () => {
  assert.match(problems({ url: 'localhost' })[0] ?? '', /url: expected a URL/);
  assert.match(problems({ url: 'ftp://h' })[0] ?? '', /begins with http/);
  assert.match(problems({ url: 'http://h/#a' })[0] ?? '', /fragment/);
  assert.match(problems({ url: 'http://h/?a=1', endpoints: ['/'] })[0] ?? '', /has a query/);
});

test('credentials in the address are refused without repeating them', () => {
  const [message = ''] = problems({ url: 'http://user:hunter2@h' });
  assert.match(message, /credentials/);
  assert.doesNotMatch(message, /hunter2/);
});

test('headers that would break the request are refused without repeating their value', () => {
  const [message = ''] = problems({ url: 'http://h', endpoints: [{ path: '/', headers: { a: 'sec\r\nret' } }] });
  assert.doesNotMatch(message, /sec/);
  assert.ok(problems({ url: 'http://h', endpoints: [{ path: '/', headers: { 'a b': 'x' } }] }).length > 0);
});

test('paths that would break the request, unknown keys and unknown methods are refused', () => {
  for (const bad of ['no-slash', '/a b', '/a\r\nX: y', '/ä'])
    assert.ok(problems({ url: 'http://h', endpoints: [bad] }).length);
  assert.ok(problems({ url: 'http://h', endpoint: ['/'] }).length > 0);
  assert.ok(problems({ url: 'http://h', endpoints: [{ path: '/', method: 'BREW' }] }).length > 0);
});

test('two endpoints of the same name would mix their figures', () => {
  assert.match(problems({ url: 'http://h', endpoints: ['/', '/'] })[0] ?? '', /endpoints\.1: .*GET \//);
});

test('the schema can be exported for editors', () => {
  const schema = z.toJSONSchema(httpOptions, { io: 'input' });
  assert.ok(schema.properties?.endpoints);
  assert.deepEqual(schema.required, ['url']);
});

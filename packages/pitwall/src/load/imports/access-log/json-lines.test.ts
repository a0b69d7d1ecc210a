import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonReader } from './json-lines.ts';
import type { LogRecord } from './record.ts';

const read = (line: unknown, names = '') => jsonReader(names).read(JSON.stringify(line)) as LogRecord;

test('what usual loggers write is found', () => {
  const ecs = read({
    '@timestamp': '2026-11-21T10:00:00.250Z',
    http: { request: { method: 'get' }, response: { status_code: 200, body: { bytes: 512 } } },
    url: { path: '/a', query: 'b=c', domain: 'Shop.example' },
    event: { duration: 1_500_000 },
    source: { ip: '203.0.113.1' },
    user_agent: { original: 'x' },
  });
  assert.deepEqual(ecs, {
    time: Date.UTC(2026, 10, 21, 10) / 1000 + 0.25,
    timeIs: 'end',
    method: 'GET',
    target: '/a?b=c',
    status: 200,
    bytes: 512,
    duration: 0.0015,
    client: '203.0.113.1',
    agent: 'x',
    host: 'shop.example',
  });
  const pino = read({
    time: 1795229153708,
    req: { method: 'GET', url: '/p', headers: { host: 'h' } },
    res: { statusCode: 304 },
    responseTime: 12,
  });
  assert.deepEqual(
    [pino.time, pino.target, pino.status, pino.duration, pino.host],
    [1795229153.708, '/p', 304, 0.012, 'h'],
  );
  const traefik = read({
    StartUTC: '2026-11-21T10:00:00Z',
    RequestMethod: 'GET',
    RequestPath: '/t',
    DownstreamStatus: 200,
    Duration: 2e6,
    ClientHost: '1.2.3.4',
    RequestHost: 'h',
  });
  assert.deepEqual([traefik.timeIs, traefik.duration, traefik.client], ['start', 0.002, '1.2.3.4']);
  const google = read({
    timestamp: '2026-11-21T10:00:00Z',
    httpRequest: {
      requestMethod: 'GET',
      requestUrl: 'https://h.example/g?x=1',
      status: 200,
      responseSize: '77',
      latency: '0.033s',
    },
  });
  assert.deepEqual([google.target, google.bytes, google.duration], ['/g?x=1', 77, 0.033]);
  const flat = read({
    'http.request.method': 'GET',
    'url.path': '/f',
    'http.response.status_code': 200,
    ts: 1795229153,
  });
  assert.equal(flat.target, '/f');
});

test('fields can be named', () => {
  const record = read(
    { when: 1795229153, v: 'GET', u: '/n', s: 200, t: { total_ms: 5 } },
    'time=when,method=v,target=u,status=s,duration=t.total_ms',
  );
  assert.deepEqual([record.target, record.duration], ['/n', 0.005]);
});

test('what is no request is told from what is no log line', () => {
  const reader = jsonReader();
  assert.equal(reader.read('not JSON'), null);
  assert.equal(reader.read('[1]'), null);
  assert.equal(reader.read('{"msg":"started","time":1795229153}'), null);
  assert.equal(reader.read('{"time":"soon","status":200,"method":"GET","path":"/"}'), null);
  assert.equal(reader.read('{"time":1795229153,"status":400,"request":"\\u0016\\u0003"}'), 'no-request');
  assert.equal(reader.read('{"time":1795229153,"status":200,"method":"GET","path":"x"}'), 'no-request');
  assert.equal(reader.read('{"__proto__":{"time":1795229153,"status":200},"method":"GET","path":"/"}'), null);
});

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { endpoint, listen, load, serve } from './testing.ts';

/** Answers with the same head again and again on `/same`, with another one each time on `/varied`, and without on `/plain`. */
function timings(): (path: string) => string | null {
  let varied = 0;
  return (path) => {
    if (path === '/same') return 'db;dur=4, cache;dur=0.5, total;dur=9';
    return path === '/varied' ? `sql;dur=${varied++ % 2 === 0 ? 1 : 3}, app;dur=5` : null;
  };
}

const endpoints = ['/same', '/varied', '/plain'].map((path) => endpoint(path));

async function checked(url: string, protocol: 'http1' | 'http2'): Promise<void> {
  const { steps, latency, ok, sent } = await load(url, {
    protocol,
    endpoints,
    users: 2,
    connections: 1,
    duration: 0.4,
  });
  assert.equal(ok, sent);
  const [same, varied, plain] = steps;
  const near = (got: number | undefined, want: number) =>
    assert.ok(Math.abs(got! - want) <= want * 0.001, `${got} is not ${want}`);
  near(same!.latency.database?.p50, 0.0045);
  near(same!.latency.database?.max, 0.0045);
  near(same!.latency.server?.p50, 0.009);
  near(varied!.latency.database?.max, 0.003);
  assert.ok(varied!.latency.database!.p50 <= 0.0031 && varied!.latency.database!.mean > 0.0015, 'both values are seen');
  assert.ok(varied!.latency.database!.mean < 0.0025, `${varied!.latency.database!.mean}`);
  const { between, service, ...counts } = same!.said!;
  assert.deepEqual(counts, { server: same!.ok, database: same!.ok });
  assert.equal(between!.count, same!.ok);
  near(service, same!.latency.service.mean);
  assert.equal(plain!.said, undefined);
  assert.equal(plain!.latency.database, undefined);
  assert.equal(plain!.latency.server, undefined);
  near(latency.database?.max, 0.0045);
}

test('what the service says its databases took, by step: HTTP/1.1', async (t) => {
  const timingOf = timings();
  const url = await serve(t, (request, response) => {
    const timing = timingOf(request.url!);
    if (timing !== null) response.setHeader('Server-Timing', timing);
    response.sendDate = false;
    response.end('ok');
  });
  await checked(url, 'http1');
});

test('what the service says its databases took, by step: HTTP/2', async (t) => {
  const timingOf = timings();
  const server = http2.createServer((request, response) => {
    const timing = timingOf(request.url);
    if (timing !== null) response.setHeader('server-timing', timing);
    response.end('ok');
  });
  await checked(`http://127.0.0.1:${await listen(t, server)}`, 'http2');
});

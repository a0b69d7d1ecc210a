import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { backoff } from './backoff.ts';
import { MAX_HEAD_BYTES } from './http1/scanner.ts';
import { endpoint, listen, load, onRequest, serve, serveRaw, sumOf } from './testing.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('statuses: 2xx and 3xx are fine, 4xx and 5xx are errors with a service time', async (t) => {
  const url = await serve(t, (request, response) => response.writeHead(Number(request.url!.slice(1))).end());
  const endpoints = ['/200', '/301', '/304', '/404', '/429', '/503'].map((path) => endpoint(path));
  const result = await load(url, { shape: 'constant-rate', rate: 120, endpoints });
  assert.equal(result.sent, 60);
  assert.equal(result.ok, 30);
  assert.deepEqual(result.errors, { 'status-4xx': 20, 'status-5xx': 10 });
  assert.deepEqual(
    result.steps.map((step) => step.ok),
    [10, 10, 10, 0, 0, 0],
  );
  assert.equal(result.steps[5]!.distributions.service.count, 10);
  assert.equal(result.timeline.reduce((sum, tick) => sum + tick.errors, 0) <= 30, true);
  assert.ok(
    result.warnings.some((warning) => /^50 % of the requests failed \(status-4xx 20; status-5xx 10\)/.test(warning)),
  );
});

test('timeouts count as long as they were waited for, also those under way at the end', async (t) => {
  const url = await serveRaw(t, (socket) => socket.resume());
  const result = await load(url, { users: 3, duration: 1, timeout: 0.4 });
  assert.deepEqual(Object.keys(result.errors), ['timeout']);
  assert.equal(result.ok, 0);
  assert.ok(result.sent >= 6 && result.sent <= 9, `${result.sent}`);
  assert.ok(result.latency.response.p50 >= 0.4);
  assert.equal(result.steps[0]!.distributions.service.count, result.sent);
  assert.equal(result.requestsPerSecond, 0);
  assert.equal(result.valid, false);
  assert.match(result.invalidBecause[0]!, /^None of the \d requests/);
});

test('an answer later than the grace is a timeout at the time it was waited for', async (t) => {
  const url = await serveRaw(t, (socket) => socket.resume());
  const result = await load(url, { users: 1, duration: 0.2, timeout: 30 });
  assert.deepEqual(result.errors, { timeout: 1 });
  assert.ok(result.latency.response.max >= 2);
});

test('an endless body, endless headers and garbage', async (t) => {
  const endless = await serveRaw(t, (socket) => {
    socket.once('data', () => {
      const timer = setInterval(() => socket.write('x'.repeat(1000)), 10);
      socket.on('close', () => clearInterval(timer));
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
  });
  const body = await load(endless, { timeout: 0.3 });
  assert.deepEqual(Object.keys(body.errors), ['timeout']);

  for (const answer of [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(MAX_HEAD_BYTES)}`, '\u001b[31mnot http\n', `${OK}${OK}`]) {
    const url = await serveRaw(t, (socket) => onRequest(socket, () => socket.write(answer)));
    const result = await load(url, {});
    assert.deepEqual(Object.keys(result.errors), ['protocol']);
    assert.equal(result.errors.protocol, result.sent);
    assert.equal(result.steps[0]!.distributions.service.count, 0);
    assert.ok(result.warnings.every((warning) => !warning.includes('\u001b')));
  }
});

test('resets: before any byte on a fresh connection, and in the middle of an answer', async (t) => {
  for (const answer of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf']) {
    for (const abrupt of [true, false]) {
      const url = await serveRaw(t, (socket) =>
        onRequest(socket, () => socket.write(answer, () => (abrupt ? socket.resetAndDestroy() : socket.end()))),
      );
      const result = await load(url, { users: 5, duration: 0.3 });
      assert.deepEqual(Object.keys(result.errors), ['reset']);
      assert.equal(result.errors.reset, result.sent);
      // 10 + 20 + 40 + 80 + 160 ms: a loop without back-off would make hundreds.
      assert.ok(result.sent <= 5 * 6, `${result.sent} attempts`);
    }
  }
});

test('the pause after failures doubles up to a second; a timeout was pause enough', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 2000].map((n) => backoff('connect', n)),
    [10, 20, 40, 640, 1000, 1000],
  );
  assert.equal(backoff('timeout', 5), 0);
});

test('a server that hangs up on kept connections costs a reconnect, not an error', async (t) => {
  const url = await serveRaw(t, (socket) =>
    onRequest(socket, (nth) => {
      if (nth === 0) socket.write(OK);
      else socket.destroy();
    }),
  );
  for (const shape of ['closed', 'constant-rate'] as const) {
    const result = await load(url, { shape, rate: 100 });
    assert.deepEqual(result.errors, {});
    assert.equal(result.ok, result.sent);
    assert.match(result.warnings.join('\n'), /stale-reconnect: [\d,]+ requests were sent again/);
  }
  const posts = await load(url, { endpoints: [endpoint('/', { method: 'POST', body: 'x' })] });
  assert.ok(posts.errors.reset! > 0, 'what is not safe to repeat is not repeated');
});

test('a connection that the server closed while idle is simply opened again', async (t) => {
  const url = await serveRaw(t, (socket) =>
    onRequest(socket, () => socket.write(OK, () => setTimeout(() => socket.end(), 20))),
  );
  const result = await load(url, { shape: 'constant-rate', rate: 10, duration: 1 });
  assert.equal(result.ok, 10);
  assert.deepEqual(result.errors, {});
  assert.doesNotMatch(result.warnings.join('\n'), /stale/);
});

test('nobody listens', async (t) => {
  const server = createServer();
  const port = await listen(t, server);
  await new Promise((resolve) => server.close(resolve));
  const failure = (error: unknown) => {
    assert.ok(error instanceof PitwallError);
    assert.equal(error.code, 'LOAD_UNREACHABLE');
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /nothing listens on 127\.0\.0\.1:/);
    return true;
  };
  await assert.rejects(load(`http://127.0.0.1:${port}`, {}), failure);

  // Takes the first connection, then goes away.
  for (const shape of ['closed', 'constant-rate'] as const) {
    const fleeting = createServer((socket) => {
      socket.end();
      fleeting.close();
    });
    const url = `http://127.0.0.1:${await listen(t, fleeting)}`;
    await assert.rejects(load(url, { shape, rate: 100 }), failure);
  }
});

test('a server that goes away half-way: connect errors, every request accounted for', async (t) => {
  for (const shape of ['closed', 'constant-rate'] as const) {
    let served = 0;
    const server = createServer((socket) =>
      onRequest(socket, () => {
        socket.write(OK);
        if (++served < 20) return;
        server.close();
        socket.destroy();
      }),
    );
    const url = `http://127.0.0.1:${await listen(t, server)}`;
    const result = await load(url, { shape, rate: 100, users: 1, duration: 0.6 });
    assert.ok(result.errors.connect! > 0, JSON.stringify(result.errors));
    assert.equal(result.sent, result.ok + sumOf(result.errors));
    const { count } = result.steps[0]!.distributions.response;
    assert.equal(count, result.planned);
  }
});

test('load to somebody else is refused', async () => {
  await assert.rejects(load('http://192.0.2.1', {}), (error: unknown) => {
    assert.ok(error instanceof PitwallError);
    assert.equal(error.code, 'LOAD_NOT_ALLOWED');
    return true;
  });
});

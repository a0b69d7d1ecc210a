import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { PitwallError } from '../../../errors.ts';
import type { Collected } from '../../../model/integration.ts';
import {
  answering,
  collectContext,
  connectionWith,
  deadPort,
  httpServer,
  httpsServer,
  tcpServer,
} from '../test-servers.ts';
import { endpointsProbe } from './endpoints.ts';

/** Each server is wrong in one way: the probe must say which, in one sentence, and never hang or crash. */

async function probe(url: string | number, options: Record<string, unknown> = {}): Promise<Collected> {
  const address = typeof url === 'number' ? `http://127.0.0.1:${url}` : url;
  const connection = await connectionWith({ url: address, requests: 2, timeout: '250ms', ...options });
  return endpointsProbe.collect(connection, collectContext());
}

async function refusal(url: string | number, options?: Record<string, unknown>): Promise<string> {
  try {
    await probe(url, options);
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    // A certificate has a hint of its own.
    assert.equal(
      error.code,
      /certificate is not trusted/.test(error.message) ? 'TARGET_UNTRUSTED' : 'TARGET_UNREACHABLE',
    );
    if (error.code === 'TARGET_UNTRUSTED') assert.match(error.hint, /`tls\.ca` of the target/);
    assert.equal(error.exitCode, 3);
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  assert.fail('the probe should have found nothing');
}

function errorsOf({ samples = [] }: Collected): Record<string, unknown> {
  const errors = samples.filter(({ name }) => name === 'http.client.errors');
  return Object.fromEntries(errors.map(({ labels, value }) => [`${labels.endpoint} ${labels.kind}`, value]));
}

/** A healthy endpoint beside a bad one: the service was reached, so the bad one is counted and not thrown. */
async function besideHealthy(t: TestContext, bad: (socket: import('node:net').Socket) => void): Promise<Collected> {
  const port = await tcpServer(t, (socket) => {
    socket.on('data', (data) => {
      if (data.includes('GET /good')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else bad(socket);
    });
  });
  return probe(port, { endpoints: ['/good', { path: '/bad', name: 'bad' }] });
}

test('a server that refuses', async () => {
  const port = await deadPort();
  const message = await refusal(port);
  assert.equal(
    message,
    `Cannot measure http://127.0.0.1:${port}: the connection was refused: nothing listens on 127.0.0.1:${port}.`,
  );
});

test('a name that does not exist', async () => {
  assert.match(await refusal('http://no-such-host.invalid'), /the name no-such-host\.invalid cannot be resolved/);
});

test('a server that accepts and never answers', async (t) => {
  const port = await tcpServer(t, () => {});
  assert.match(await refusal(port), /: there was no response within 0\.25 s\.$/);
});

test('a server that hangs is given up on after two endpoints', async (t) => {
  let connections = 0;
  const port = await tcpServer(t, () => {
    connections += 1;
  });
  await refusal(port, { endpoints: ['/a', '/b', '/c', '/d', '/e'], requests: 20, timeout: '50ms' });
  assert.equal(connections, 4);
});

test('a server that resets', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.on('data', () => socket.resetAndDestroy());
  });
  assert.match(await refusal(port), /the connection was (reset|closed) before a response came/);
});

test('a server that closes without an answer', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.on('data', () => socket.end());
  });
  assert.match(await refusal(port), /the connection was closed before a response came/);
});

test('a server that speaks garbage', async (t) => {
  const port = await answering(t, Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a, 0x41]));
  assert.match(await refusal(port), /the answer is not HTTP \(/);
});

test('a server that speaks another protocol', async (t) => {
  const port = await tcpServer(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.match(await refusal(port), /the answer is not HTTP \(/);
});

test('a server with huge headers', async (t) => {
  const port = await answering(t, `HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(40_000)}\r\n\r\n`);
  assert.match(await refusal(port), /the response's headers are larger than 16 KiB/);
});

test('a server with endless headers', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        if (!socket.destroyed) socket.write(`X-A: ${'b'.repeat(1000)}\r\n`, () => setImmediate(more));
      };
      more();
    });
  });
  assert.match(await refusal(port, { timeout: 5 }), /the response's headers are larger than 16 KiB/);
});

test('a server that drips its headers byte by byte is cut off by the time limit', async (t) => {
  const port = await tcpServer(t, (socket) => {
    const head = 'HTTP/1.1 200 OK\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    let sent = 0;
    const timer = setInterval(() => socket.write(head[sent++ % head.length]!), 10);
    socket.on('close', () => clearInterval(timer));
  });
  assert.match(await refusal(port), /there was no response within 0\.25 s/);
});

test('a server with an endless body is cut off at the size limit', async (t) => {
  const chunk = Buffer.alloc(1 << 20, 'x');
  const gone: boolean[] = [];
  const url = await httpServer(t, (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more);
    };
    response.on('close', () => gone.push(true));
    more();
  });
  const message = await refusal(url, { requests: 1, timeout: 20 });
  assert.match(message, /the response is larger than 64 MiB/);
  assert.ok(gone.length > 0, 'the connection was destroyed');
});

test('a server with an endless, slow body is cut off by the time limit', async (t) => {
  const url = await httpServer(t, (_, response) => {
    const timer = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(timer));
  });
  assert.match(await refusal(url), /the response was not complete within 0\.25 s \(\d+ B had come\)/);
});

test('a server that truncates its body', async (t) => {
  const port = await answering(t, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
  assert.match(await refusal(port), /the connection was closed in the middle of the response, after 9 B/);
});

test('a server whose chunks are malformed', async (t) => {
  const port = await answering(t, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n');
  assert.match(await refusal(port), /the response is malformed \(/);
});

test('a server that switches protocols unasked', async (t) => {
  const port = await answering(t, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', {
    close: false,
  });
  assert.match(await refusal(port), /the server switched to another protocol \(101\)/);
});

test('TLS with a certificate nobody signed', async (t) => {
  const { url } = await httpsServer(t, (_, response) => response.end('ok'));
  assert.match(await refusal(url), /its certificate is not trusted: it is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
});

test('TLS with a certificate for another name', async (t) => {
  const { url, certificate } = await httpsServer(t, (_, response) => response.end('ok'), { name: 'shop.example' });
  const tls = { ca: certificate, servername: 'bank.example' };
  assert.match(await refusal(url, { tls }), /its certificate is not trusted: it is for another name/);
});

test('https to a server that speaks plain HTTP', async (t) => {
  const url = await httpServer(t, (_, response) => response.end('ok'));
  assert.match(
    await refusal(url.replace('http:', 'https:')),
    /the server does not speak TLS: the address should perhaps begin with http:/,
  );
});

test('http to a server that speaks TLS: some hang up, some answer with a TLS alert', async (t) => {
  const { port } = await httpsServer(t, (_, response) => response.end('ok'));
  assert.match(await refusal(port), /the connection was closed before a response came/);
  const alerting = await answering(t, Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]));
  assert.match(await refusal(alerting), /the server answers in TLS: the address should begin with https:/);
});

test('TLS that never finishes its handshake', async (t) => {
  const port = await tcpServer(t, () => {});
  assert.match(await refusal(`https://127.0.0.1:${port}`), /the TLS handshake did not finish within 0\.25 s/);
});

test('a server that answers 500 was reached: errors are counted, and no duration is made of them', async (t) => {
  const url = await httpServer(t, (_, response) => response.writeHead(500).end('no'));
  const collected = await probe(url, { requests: 4 });
  assert.deepEqual(errorsOf(collected), { 'GET / status': 9 });
  const ratio = collected.samples?.find(({ name }) => name === 'http.client.error.ratio');
  assert.equal(ratio?.value, 1);
  assert.equal(
    collected.samples?.some(({ name }) => name === 'http.client.request.duration'),
    false,
  );
  assert.match(collected.gaps?.[0]?.why ?? '', /9 of 9 requests failed: the status was 500/);
});

test('one endpoint resets while another works: counted, said, not thrown', async (t) => {
  const collected = await besideHealthy(t, (socket) => socket.resetAndDestroy());
  assert.deepEqual(errorsOf(collected), { 'bad reset': 2 });
  assert.match(
    collected.gaps?.find(({ what }) => what === 'bad')?.why ?? '',
    /2 of 2 requests failed: .*the rest was not sent/,
  );
  assert.ok(
    collected.samples?.some(({ name, labels }) => name.endsWith('request.duration') && labels.endpoint === 'GET /good'),
  );
});

test('control characters in a hostile answer do not reach facts or messages', async (t) => {
  const collected = await besideHealthy(t, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nServer: evil\u0085\u009b31m\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  );
  assert.doesNotMatch(JSON.stringify(collected), /[\u0080-\u009f]|\\u00/);
});

test('a listener whose backlog is full, or that stops accepting, ends in a timeout', async (t) => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const sockets: import('node:net').Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as import('node:net').AddressInfo;
  assert.match(await refusal(port), /within 0\.25 s/);
});

test('an abort ends the probe at once with its reason', async (t) => {
  const port = await tcpServer(t, () => {});
  const controller = new AbortController();
  const connection = await connectionWith({ url: `http://127.0.0.1:${port}`, timeout: 60 });
  const reason = new Error('stopped');
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(endpointsProbe.collect(connection, collectContext(controller.signal)), reason);
});

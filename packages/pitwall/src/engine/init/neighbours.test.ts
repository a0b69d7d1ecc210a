import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { findNeighbours, PROBES } from './neighbours.ts';

const SIGNAL = new AbortController().signal;

async function serve(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** All probes, each against this port. */
async function whatIsAt(port: number): Promise<string[]> {
  const probes = PROBES.map((probe) => ({ ...probe, ports: [port] }));
  const found = await findNeighbours({ except: 0, known: ['nginx'], signal: SIGNAL, probes });
  return found.map(({ title, because, supported }) => `${title}: ${because}${supported ? ' (supported)' : ''}`);
}

/** Answers a request like that with these bytes; to anything else it says nothing. */
function answers(request: RegExp, answer: string): (socket: Socket) => void {
  return (socket) => socket.on('data', (data) => request.test(data.toString('latin1')) && socket.write(answer));
}

test('Redis is known by its answer to PING, with and without a password', async (t) => {
  assert.deepEqual(await whatIsAt(await serve(t, answers(/^PING\r\n$/, '+PONG\r\n'))), [
    'Redis: answered PING with +PONG',
  ]);
  const locked = await serve(t, answers(/^PING/, '-NOAUTH Authentication required.\r\n'));
  assert.deepEqual(await whatIsAt(locked), ['Redis: answered PING with -NOAUTH']);
});

test('PostgreSQL is known by its one-letter answer to an SSLRequest', async (t) => {
  const port = await serve(t, answers(/^\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f$/, 'N'));
  assert.deepEqual(await whatIsAt(port), ['PostgreSQL: answered an SSLRequest with N']);
});

test('nginx is known by its Server header, however the answer is cut up', async (t) => {
  const port = await serve(t, (socket) => {
    socket.on('data', (data) => {
      if (!data.includes('HEAD / HTTP/1.0')) return;
      socket.write('HTTP/1.1 200 OK\r\nDate: x\r\nSer');
      setTimeout(() => socket.write('ver: nginx/1.22.1\r\n\r\n'), 20);
    });
  });
  assert.deepEqual(await whatIsAt(port), ['nginx: its Server header says nginx/1.22.1 (supported)']);
});

test('a port alone proves nothing: silence, garbage, other HTTP servers, and nobody at all', async (t) => {
  assert.deepEqual(await whatIsAt(await serve(t, () => {})), []);
  assert.deepEqual(await whatIsAt(await serve(t, (socket) => socket.write('220 mail ready\r\n'))), []);
  assert.deepEqual(
    await whatIsAt(await serve(t, answers(/HTTP/, 'HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\nnginx'))),
    [],
  );
  assert.deepEqual(await whatIsAt(1), []);
});

test('an answer that never ends is cut off', async (t) => {
  const port = await serve(t, (socket) => {
    const more = (): void => {
      if (!socket.destroyed) socket.write('x'.repeat(65_536), () => setImmediate(more));
    };
    more();
  });
  assert.deepEqual(await whatIsAt(port), []);
});

test("the service's own port is not its neighbour", async (t) => {
  const port = await serve(t, answers(/^PING/, '+PONG\r\n'));
  const probes = PROBES.map((probe) => ({ ...probe, ports: [port] }));
  assert.deepEqual(await findNeighbours({ except: port, known: [], signal: SIGNAL, probes }), []);
});

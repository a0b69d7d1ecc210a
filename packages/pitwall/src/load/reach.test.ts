import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import http2 from 'node:http2';
import { createServer as createHttps } from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { assertAllowed, isLocal } from './allow.ts';
import type { Endpoint } from './endpoint.ts';
import { reach } from './reach.ts';
import { listen } from './testing.ts';
import { certificates, drive, folderFor } from './transport-testing.ts';

const { signal } = new AbortController();
const LOCAL = { addresses: ['127.0.0.1'] };

async function code(promise: Promise<Endpoint>): Promise<[code: string, message: string]> {
  const error = await promise.then(
    () => assert.fail('it was reached'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PitwallError, String(error));
  return [error.code, error.message];
}

async function listenAt(t: TestContext, server: net.Server, where: net.ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => server.listen(where, resolve).once('error', reject));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('IPv6 and a name with several addresses', async (t) => {
  const server = createServer((request, response) => response.end(request.headers.host));
  const port = await listenAt(t, server, { host: '::1', port: 0 });
  const url = new URL(`http://[::1]:${port}`);
  const to = await reach(url, { addresses: await assertAllowed(url.href, []) }, {}, 2, signal);
  assert.deepEqual(to, { address: '::1', port });
  const request = { capture: true };
  const { answers, transport } = await drive(t, { to, host: url.host, requests: 3, request });
  assert.equal(Buffer.from(answers[2]!.captured!.body).toString(), `[::1]:${port}`);
  transport.close();
  const named = await reach(new URL(`http://localhost:${port}`), { addresses: ['127.0.0.1', '::1'] }, {}, 2, signal);
  assert.equal(named.address, '::1');
});

test('a Unix socket: HTTP/1.1, HTTP/2 and TLS', async (t) => {
  const folder = await folderFor(t);
  const { ca, server: identity } = await certificates(folder);
  const answer = (_: unknown, response: { end(text: string): unknown }) => response.end('ok');
  const servers: [name: string, url: string, protocol: 'http1' | 'http2', server: net.Server][] = [
    ['http1', 'http://shop.example', 'http1', createServer(answer)],
    ['h2c', 'http://shop.example', 'http2', http2.createServer(answer)],
    ['https', 'https://localhost', 'http1', createHttps(identity, answer)],
    ['h2', 'https://127.0.0.1', 'http2', http2.createSecureServer(identity, answer)],
  ];
  for (const [name, url, protocol, server] of servers) {
    const socketPath = join(folder, name);
    await listenAt(t, server, { path: socketPath });
    assert.deepEqual(await assertAllowed(url, [], socketPath), []);
    const to = await reach(new URL(url), { addresses: [], socketPath, protocol }, { ca }, 2, signal);
    assert.ok(isLocal(to));
    const { answers, failures, transport } = await drive(t, { to, protocol, users: 2, requests: 6 });
    assert.deepEqual(failures, []);
    assert.equal(answers.length, 6);
    transport.close();
  }
  const missing = { addresses: [], socketPath: join(folder, 'none') };
  const [known, message] = await code(reach(new URL('http://a'), missing, {}, 2, signal));
  assert.equal(known, 'LOAD_UNREACHABLE');
  assert.match(message, /there is no socket \/.+\/none\.$/);
});

test('a server that does not speak HTTP/2 is told apart from one that is not there', async (t) => {
  const { server: identity, ca } = await certificates(await folderFor(t));
  const ask = (url: string) => code(reach(new URL(url), { ...LOCAL, protocol: 'http2' }, { ca }, 0.3, signal));
  const plain = await listen(t, createServer());
  const cases: [url: string, code: string, reason: RegExp][] = [
    [`http://127.0.0.1:${plain}`, 'LOAD_PROTOCOL', /HTTP\/2/],
    [`https://127.0.0.1:${await listen(t, createHttps(identity))}`, 'LOAD_PROTOCOL', /h2.*ALPN/],
    [
      `http://127.0.0.1:${await listen(
        t,
        net.createServer((s) => s.end()),
      )}`,
      'LOAD_PROTOCOL',
      /closed/,
    ],
    [`http://127.0.0.1:${await listen(t, net.createServer())}`, 'LOAD_UNREACHABLE', /within 0.3 s/],
    [
      `http://127.0.0.1:${await listen(
        t,
        net.createServer((socket) => void socket.write('220 mail.example ESMTP\r\n')),
      )}`,
      'LOAD_PROTOCOL',
      /first words/,
    ],
  ];
  for (const [url, expected, reason] of cases) {
    const [known, message] = await ask(url);
    assert.equal(known, expected, message);
    assert.match(message, reason);
  }
  const good = await listen(t, http2.createServer());
  await reach(new URL(`http://127.0.0.1:${good}`), { ...LOCAL, protocol: 'http2' }, {}, 2, signal);
  const secure = await listen(t, http2.createSecureServer(identity));
  await reach(new URL(`https://127.0.0.1:${secure}`), { ...LOCAL, protocol: 'http2' }, { ca }, 2, signal);
  // The other way round: this one speaks nothing else.
  const [known, message] = await code(reach(new URL(`https://127.0.0.1:${secure}`), LOCAL, { ca }, 2, signal));
  assert.equal(known, 'LOAD_PROTOCOL', message);
  assert.match(message, /does not speak HTTP\/1\.1: it refused http\/1\.1/);
});

test('an end that comes from outside', async (t) => {
  const silent = await listen(t, net.createServer());
  const stop = new AbortController();
  const looking = reach(new URL(`http://127.0.0.1:${silent}`), { ...LOCAL, protocol: 'http2' }, {}, 5, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(looking, /enough/);
});

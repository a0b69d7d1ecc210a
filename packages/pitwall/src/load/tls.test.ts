import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { PitwallError } from '../errors.ts';
import type { TlsSettings } from './endpoint.ts';
import { reach } from './reach.ts';
import { listen } from './testing.ts';
import { type Certificates, certificates, drive } from './transport-testing.ts';

const { signal } = new AbortController();
let made: Certificates;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pitwall-load-tls-'));
  made = await certificates(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

interface Seen {
  readonly url: URL;
  /** Names that clients asked for and showed, by connection. */
  readonly asked: string[];
  readonly shown: string[];
}

/** An HTTPS server that answers twice on a connection, so that there are several. */
async function serve(t: TestContext, options: TlsOptions = {}, host = 'localhost'): Promise<Seen> {
  const asked: string[] = [];
  const shown: string[] = [];
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    asked.push(name);
    done(null);
  };
  const server = createHttps({ ...made.server, SNICallback, ...options }, (_, response) => response.end('ok'));
  server.maxRequestsPerSocket = 2;
  server.on('secureConnection', (socket: TLSSocket) => {
    shown.push(String(socket.getPeerCertificate().subject?.CN));
  });
  server.on('tlsClientError', () => {});
  const port = await listen(t, server);
  return { url: new URL(`https://${host}:${port}`), asked, shown };
}

const look = (url: URL, settings: TlsSettings) => reach(url, { addresses: ['127.0.0.1'] }, settings, 2, signal);

async function refused(url: URL, settings: TlsSettings): Promise<PitwallError> {
  try {
    await look(url, settings);
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    return error;
  }
  assert.fail('it was not refused');
}

test('sessions are resumed, unless they are not wanted', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { url, asked } = await serve(t, { minVersion: version, maxVersion: version });
    const { ca } = made;
    for (const resume of [true, false]) {
      const to = await look(url, { ca, resume });
      const { transport, failures, answers } = await drive(t, { to, requests: 10 });
      assert.deepEqual(failures, []);
      assert.equal(answers.length, 10);
      const { opened, connect, tls } = transport.counts();
      assert.equal(opened, 5);
      assert.equal(tls?.version, version);
      assert.match(tls.cipher, version === 'TLSv1.3' ? /^TLS_AES/ : /^ECDHE-ECDSA/);
      assert.equal(tls.handshake.count, 5);
      assert.equal(connect.count, 5);
      assert.ok(tls.handshake.min > 0 && tls.handshake.max < 5);
      assert.equal(tls.resumed, resume ? 4 : 0, `${version}, resume: ${resume}`);
    }
    // A full handshake has a name in it: two first looks, one that was not resumed, and five that could not be.
    assert.ok(asked.length >= 8 && asked.every((name) => name === 'localhost'), asked.join());
  }
});

test('a certificate that cannot be trusted is refused, and said why', async (t) => {
  const { ca } = made;
  const good = await serve(t);
  const unknown = await refused(good.url, {});
  assert.equal(unknown.code, 'LOAD_UNTRUSTED');
  assert.match(unknown.hint, /`tls\.ca` of the target/);
  assert.match(unknown.message, /certificate/);
  assert.match((await refused(good.url, { ca, servername: 'bank.example' })).message, /does not match|altnames/i);
  const expired = await serve(t, made.expired);
  assert.match((await refused(expired.url, { ca })).message, /expired/);
  const address = await serve(t, {}, '127.0.0.1');
  await look(address.url, { ca });
  for (const { url } of [good, expired]) {
    const to = await look(url, { rejectUnauthorized: false });
    assert.equal((await drive(t, { to })).answers.length, 1);
  }
  // Refused by the transport too, not only at the first look.
  const to = await look(good.url, { ca });
  const { failures } = await drive(t, { to: { ...to, tls: { servername: 'localhost' } } });
  assert.equal(failures[0]?.kind, 'connect');
  assert.match(failures[0]!.reason, /certificate/);
});

test('a server that wants to see a certificate', async (t) => {
  const { ca, client } = made;
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { url, shown } = await serve(t, { requestCert: true, rejectUnauthorized: true, ca, maxVersion });
    const bare = await refused(url, { ca });
    assert.equal(bare.code, 'LOAD_UNREACHABLE');
    assert.match(bare.message, maxVersion === 'TLSv1.3' ? /certificate required/ : /handshake|certificate|reset/i);
    const to = await look(url, { ca, ...client });
    const { answers } = await drive(t, { to, requests: 6 });
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(6).fill(200),
    );
    assert.ok(shown.length >= 4 && shown.every((name) => name === 'client'), shown.join());
  }
});

test('settings that cannot be used are told before anything is sent', async (t) => {
  const { ca, client, server } = made;
  const { url } = await serve(t);
  const cases: [settings: TlsSettings, reason: RegExp][] = [
    [{ ca, cert: client.cert }, /both cert and key/],
    [{ ca, ...client, passphrase: 'wrong' }, /./],
    [{ ca, cert: client.cert, key: server.key }, /key values mismatch/],
    [{ ca, cert: 'nonsense', key: server.key }, /PEM|start line/i],
    [{ ca, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, /above maxVersion/],
  ];
  for (const [settings, reason] of cases) {
    const error = await refused(url, settings);
    assert.equal(error.code, 'TLS_UNUSABLE', error.message);
    assert.match(error.message, reason);
    assert.equal(error.exitCode, 2);
    assert.doesNotMatch(error.message, /BEGIN|horse/);
  }
});

test('versions', async (t) => {
  const { ca } = made;
  const old = await serve(t, { maxVersion: 'TLSv1.2' });
  assert.match((await refused(old.url, { ca, minVersion: 'TLSv1.3' })).message, /version/i);
  const { url } = await serve(t);
  const { transport } = await drive(t, { to: await look(url, { ca, maxVersion: 'TLSv1.2' }) });
  assert.equal(transport.counts().tls?.version, 'TLSv1.2');
});

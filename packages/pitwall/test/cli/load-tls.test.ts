import { writeFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { listen } from '../../src/load/testing.ts';
import { certificates } from '../../src/load/transport-testing.ts';
import { assertSaid, writeConfig } from './bad-support.ts';
import { assertRefused, assertReported, load, shopHere } from './load-support.ts';
import { inFolder } from './support.ts';

/** A load that is refused by certificates, or by the wrong HTTP: one sentence that says which. */

test(
  'certificates that are not trusted, have expired, are for another name, or are demanded',
  {
    timeout: 60_000,
  },
  (t) =>
    inFolder(async (cwd) => {
      const made = await certificates(cwd);
      writeFileSync(join(cwd, 'strange-ca.pem'), made.ca);
      const serve = async (pair: { cert: string; key: string }, more: object = {}) =>
        `https://127.0.0.1:${await listen(
          t,
          createHttpsServer({ ...pair, ...more }, (_, response) => response.end()),
        )}`;
      const refused = async (url: string, tls: object | null, says: RegExp) => {
        writeConfig(cwd, { targets: { web: { integration: 'http', url, endpoints: ['/'], ...(tls && { tls }) } } });
        await assertRefused(await load([], { cwd }), cwd, 3, says);
      };
      const ca = 'ca.pem';
      const good = await serve(made.server);
      await refused(good, null, /its certificate is not trusted: its issuer is unknown .*\(UNABLE_TO_VERIFY_LEAF_/);
      await refused(good, { ca, servername: 'bank.example' }, /it is for another name \(Host: bank\.example\. is not/);
      await refused(
        await serve(made.expired),
        { ca },
        /its certificate is not trusted: it has expired \(CERT_HAS_EXPIRED\)/,
      );
      const strict = await serve(made.server, { ca: made.ca, requestCert: true, rejectUnauthorized: true });
      await refused(
        strict,
        { ca },
        /refused the handshake: .*certificate required; does it demand a client certificate\?/,
      );
      const plain = await shopHere(t);
      await refused(plain.url.replace('http:', 'https:'), null, /does not speak TLS: .*http:\/\//);
    }),
);

test('http to a port of https: the report says what came back', { timeout: 30_000 }, (t) =>
  inFolder(async (cwd) => {
    const made = await certificates(cwd);
    const port = await listen(
      t,
      createHttpsServer({ ...made.server }, (_, response) => response.end()),
    );
    const args = ['--url', `http://127.0.0.1:${port}`, '--users', '2', '--warmup', '0', '--duration', '500ms'];
    const ended = await load([...args, '--json'], { cwd });
    assertSaid(ended, 3, /None of the [\d,]+ requests was answered with success/);
    await assertReported(ended, cwd);
  }),
);

test('the wrong HTTP: http2 where there is none, http1 where there is only http2', { timeout: 30_000 }, (t) =>
  inFolder(async (cwd) => {
    const shop = await shopHere(t);
    const http2 = await load(['--url', shop.url, '--protocol', 'http2'], { cwd });
    await assertRefused(http2, cwd, 3, /does not speak HTTP\/2: .*\.\nhint: Choose the other protocol/);
    const modern = `http://127.0.0.1:${await listen(t, createHttp2Server())}`;
    const args = ['--url', modern, '--users', '2', '--warmup', '0', '--duration', '500ms'];
    const http1 = await load([...args, '--json'], { cwd });
    assertSaid(http1, 3, /None of the [\d,]+ requests was answered with success/);
    await assertReported(http1, cwd);
  }),
);

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { certificateCollector } from './collectors/certificate.ts';
import { connect } from './connection.ts';
import { healthCheck } from './health.ts';
import http from './index.ts';
import { httpOptions } from './options.ts';
import { collectContext, httpsServer, selfSigned, temporaryFolder } from './test-servers.ts';

const { signal } = new AbortController();

test('a service that wants to see a certificate: from files, as text, and without', async (t) => {
  const folder = await temporaryFolder(t);
  const client = await selfSigned(t, 'client', 10);
  const key = client.key.toString();
  await writeFile(join(folder, 'client.pem'), client.certificate);
  await writeFile(join(folder, 'client.key'), key);
  const seen: unknown[] = [];
  const { url, certificate } = await httpsServer(
    t,
    (request, response) => {
      seen.push((request.socket as { getPeerCertificate?(): { subject?: object } }).getPeerCertificate?.().subject);
      response.end('ok');
    },
    { tls: { requestCert: true, rejectUnauthorized: true, ca: client.certificate } },
  );
  await writeFile(join(folder, 'ca.pem'), certificate);
  for (const own of [
    { cert: 'client.pem', key: 'client.key' },
    { cert: client.certificate, key },
  ]) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const tls = { ca: 'ca.pem', ...own, maxVersion, resume: false };
      const options = httpOptions.parse({ url, tls });
      const connection = await connect(options, folder);
      assert.equal(await healthCheck(connection, signal), null);
      const { facts } = await certificateCollector.collect(connection, collectContext());
      assert.match(JSON.stringify(facts), new RegExp(`"protocol":"${maxVersion}"`));
      assert.deepEqual(http.loadTarget?.(options, connection).tls, {
        rejectUnauthorized: true,
        maxVersion,
        resume: false,
        ca: certificate,
        cert: client.certificate,
        key,
      });
      // Without a connection nothing of the files is known, and no path may be taken for a certificate.
      assert.deepEqual(http.loadTarget?.(options, null).tls, { rejectUnauthorized: true, maxVersion, resume: false });
    }
  }
  assert.equal(seen.length, 4);
  assert.ok(seen.every((subject) => JSON.stringify(subject) === '{"CN":"client"}'));
  const bare = await connect(httpOptions.parse({ url, tls: { ca: 'ca.pem' } }), folder);
  assert.match((await healthCheck(bare, signal)) ?? '', /did not answer/);
});

test('what does not fit together is said when connecting, without the key', async (t) => {
  const [one, two] = [await selfSigned(t, 'one', 10), await selfSigned(t, 'two', 10)];
  const tls = { cert: one.certificate, key: two.key.toString() };
  await assert.rejects(connect(httpOptions.parse({ url: 'https://127.0.0.1', tls }), '/'), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'TLS_UNUSABLE');
    assert.match(error.message, /key values mismatch/);
    assert.doesNotMatch(error.message, /BEGIN/);
    return true;
  });
});

test('half an identity, a pass phrase for nothing, and versions the wrong way round are configuration errors', () => {
  const problem = (tls: object): string => {
    const { error } = httpOptions.safeParse({ url: 'https://127.0.0.1', tls });
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join() ?? '';
  };
  assert.match(problem({ cert: 'a.pem' }), /^tls\.cert: .*key/);
  assert.match(problem({ key: 'a.key' }), /^tls\.key: .*certificate/);
  assert.match(problem({ passphrase: 'x' }), /^tls\.passphrase: /);
  assert.match(problem({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }), /^tls\.minVersion: .*above/);
  assert.match(problem({ minVersion: 'TLSv1.1' }), /^tls\.minVersion: /);
  assert.equal(problem({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }), '');
});

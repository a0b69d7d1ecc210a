import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../test/support/free-port.ts';
import { noNginx, startNginx } from '../../test/support/nginx.ts';
import type { Endpoint } from './endpoint.ts';
import { reach } from './reach.ts';
import { certificates, drive, folderFor } from './transport-testing.ts';

const signal = new AbortController().signal;

test('nginx: HTTP/1.1 and HTTP/2, plain, over TLS and over a Unix socket', {
  skip: noNginx,
  timeout: 30_000,
}, async (t) => {
  const folder = await folderFor(t);
  const { ca, server } = await certificates(folder);
  await writeFile(join(folder, 'chain.pem'), server.cert);
  await writeFile(join(folder, 'file'), 'x'.repeat(1024));
  await writeFile(join(folder, 'large'), 'y'.repeat(300_000));
  const [plain, secure, h2c, h2] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const socketPath = join(folder, 'nginx.socket');
  const certificate = `ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate ${folder}/chain.pem; ssl_certificate_key ${folder}/server.key;`;
  // 50 requests a connection: most of the runs below meet the end of several.
  await startNginx(
    t,
    folder,
    `keepalive_requests 50; root ${folder};
     server { listen 127.0.0.1:${plain}; listen unix:${socketPath}; }
     server { listen 127.0.0.1:${secure} ssl; ${certificate} }
     server { listen 127.0.0.1:${h2c} http2; }
     server { listen 127.0.0.1:${h2} ssl http2; http2_max_concurrent_streams 4; ${certificate} }`,
    plain,
  );
  const cases: [name: string, url: string, protocol: 'http1' | 'http2', socketPath?: string][] = [
    ['plain', `http://127.0.0.1:${plain}`, 'http1'],
    ['unix', 'http://web', 'http1', socketPath],
    ['TLS', `https://localhost:${secure}`, 'http1'],
    ['h2c', `http://127.0.0.1:${h2c}`, 'http2'],
    ['h2', `https://localhost:${h2}`, 'http2'],
  ];
  for (const [name, url, protocol, path] of cases) {
    await t.test(name, async (t) => {
      const place = { addresses: ['127.0.0.1'], protocol, ...(path !== undefined && { socketPath: path }) };
      const to: Endpoint = await reach(new URL(url), place, { ca }, 2, signal);
      const host = new URL(url).host;
      for (const [file, size] of [
        ['/file', 1024],
        ['/large', 300_000],
        ['/none', null],
      ] as const) {
        const requests = 330;
        const driven = await drive(t, {
          to,
          host,
          protocol,
          users: 5,
          requests,
          connections: 1,
          request: { path: file },
        });
        assert.deepEqual(driven.failures, []);
        assert.equal(driven.answers.length, requests);
        for (const { status, bytes, times } of driven.answers) {
          assert.equal(status, size === null ? 404 : 200);
          assert.ok(bytes >= (size ?? 100), `${bytes} bytes`);
          if (protocol === 'http2' && size !== null) assert.equal(bytes, size);
          assert.ok(
            times.intended <= times.written && times.written <= times.firstByte && times.firstByte <= times.end,
          );
        }
        const counts = driven.transport.counts();
        assert.equal(counts.protocol, protocol === 'http2' ? 'h2' : 'http/1.1');
        assert.ok(counts.opened >= Math.floor(requests / 50), `${counts.opened} connections`);
        assert.equal(counts.connect.count, counts.opened);
        if (!to.tls) {
          assert.equal(counts.tls, null);
        } else {
          assert.equal(counts.tls?.version, 'TLSv1.3');
          assert.match(counts.tls.cipher, /^TLS_/);
          assert.equal(counts.tls.handshake.count, counts.opened);
          // nginx gives tickets: every connection after the first few can resume.
          assert.ok(counts.tls.resumed > 0 && counts.tls.resumed < counts.opened, `${counts.tls.resumed} resumed`);
        }
      }
    });
  }
});

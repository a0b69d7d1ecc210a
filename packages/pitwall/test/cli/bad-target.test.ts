import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answering, deadPort, httpsServer, tcpServer } from '../../src/integrations/http/test-servers.ts';
import { assertSaid, reportOf, run, unchanged, verdictsOf, writeConfig } from './bad-support.ts';
import { inFolder } from './support.ts';

/** Services that are wrong in one way each: `check` shows what it could, says what it could not, and exits with 3. */

interface BadServer {
  readonly name: string;
  /** Starts it and answers with its URL. */
  start(t: TestContext): Promise<string>;
  readonly check: RegExp;
  readonly load: RegExp;
}

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';

const local = async (port: Promise<number>, scheme = 'http') => `${scheme}://127.0.0.1:${await port}`;

/** A key and a certificate of 2020, made by a small authority: `openssl req` cannot sign for the past. */
function expired(t: TestContext): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-expired-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const settings =
    '[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\n';
  writeFileSync(join(folder, 'ca.cnf'), `${settings}commonName=supplied\n`);
  writeFileSync(join(folder, 'index'), '');
  writeFileSync(join(folder, 'serial'), '01\n');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
  openssl('req', '-new', '-key', 'key.pem', '-subj', '/CN=127.0.0.1', '-out', 'request.pem');
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-selfsign',
    '-keyfile',
    'key.pem',
    '-in',
    'request.pem',
    '-out',
    'cert.pem',
    ...dates,
  );
  return { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
}

function endless(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n');
  const piece = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

const SERVERS: readonly BadServer[] = [
  {
    name: 'is down',
    start: () => local(deadPort()),
    check: /nothing listens on 127\.0\.0\.1:\d+/,
    load: /No load could be sent to http:\/\/127\.0\.0\.1:\d+: the connection was refused: nothing listens/,
  },
  {
    name: 'accepts and never answers',
    start: (t) => local(tcpServer(t, () => {})),
    check: /there was no response within 0\.3 s/,
    load: /None of the \d+ requests was answered with success/,
  },
  {
    name: 'resets every connection',
    start: (t) => local(tcpServer(t, (socket) => void socket.once('data', () => socket.resetAndDestroy()))),
    check: /the connection was reset before a response came/,
    load: /None of the \d+ requests was answered with success/,
  },
  {
    name: 'speaks garbage',
    start: (t) => local(answering(t, '\u0000\u001b[31mSSH-2.0-whatever\r\n\r\n')),
    check: /the answer is not HTTP/,
    load: /None of the \d+ requests was answered with success/,
  },
  {
    name: 'answers with huge headers',
    start: (t) => local(answering(t, `HTTP/1.1 200 OK\r\nX-Huge: ${'h'.repeat(300_000)}\r\nContent-Length: 0\r\n\r\n`)),
    check: /the response's headers are larger than \d+ KiB/,
    load: /None of the \d+ requests was answered with success/,
  },
  {
    name: 'answers with a body that never ends',
    start: (t) => local(tcpServer(t, (socket) => void socket.once('data', () => endless(socket)))),
    check: /the response/,
    load: /None of the \d+ requests was answered with success/,
  },
  {
    name: 'has a certificate nobody signed',
    start: async (t) => (await httpsServer(t, (_, response) => response.end('ok'))).url,
    check: /its certificate is not trusted: it is self-signed/,
    load: /No load could be sent to https:.*it is self-signed/,
  },
  {
    name: 'has a certificate that has expired',
    start: async (t) => {
      const pair = expired(t);
      const server = createServer(pair, (_, response) => response.end('ok')).listen(0, '127.0.0.1');
      t.after(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    check: /its certificate is not trusted/,
    load: /No load could be sent to https:.*certificate/,
  },
  {
    name: 'has a certificate for another name',
    start: async (t) => (await httpsServer(t, (_, response) => response.end('ok'), { name: 'other.example' })).url,
    check: /its certificate is not trusted/,
    load: /No load could be sent to https:/,
  },
  {
    name: 'speaks plain HTTP where TLS is expected',
    start: (t) =>
      local(
        tcpServer(t, (socket) => void socket.once('data', () => socket.end(BAD_REQUEST))),
        'https',
      ),
    check: /does not speak TLS|closed during the TLS handshake/,
    load: /No load could be sent to https:/,
  },
];

function writeTarget(folder: string, url: string): void {
  writeConfig(folder, {
    targets: { web: { integration: 'http', url, requests: 2, timeout: '300ms', budget: '500ms' }, host: {} },
    objectives: [{ indicator: 'http.client.request.duration.p95', critical: '10s' }],
    load: { users: 2, duration: '1s', warmup: '0s', timeout: '300ms' },
  });
}

for (const { name, start, check, load } of SERVERS) {
  test(`check: a service that ${name}`, async (t) => {
    const url = await start(t);
    await inFolder(async (cwd) => {
      writeTarget(cwd, url);
      const ended = await unchanged(cwd, () => run(['check', '--json', '--quiet', '--window', '100ms'], { cwd }));
      assertSaid(ended, 3, /^pitwall: web could not be measured: /);
      assert.match(ended.stderr, check);
      const report = reportOf(ended);
      assert.ok(
        verdictsOf(report, 'web').includes('http.client.request.duration.p95 error'),
        verdictsOf(report, 'web').join('\n'),
      );
      assert.ok(
        report.verdicts.every(({ target, status }) => target !== 'web' || status !== 'pass' || url.startsWith('https')),
      );
      assert.ok(
        report.indicators.some(({ target, value }) => target === 'host' && value !== null),
        'the host was measured',
      );
    });
  });

  test(`load: a service that ${name}`, async (t) => {
    const url = await start(t);
    await inFolder(async (cwd) => {
      writeTarget(cwd, url);
      const ended = await unchanged(cwd, () => run(['load', '--json', '--quiet'], { cwd }));
      assertSaid(ended, 3, load);
      if (ended.stdout !== '') assert.equal(reportOf(ended).load?.valid, false);
    });
  });
}

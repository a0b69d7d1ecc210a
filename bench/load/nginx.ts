/**
 * A private nginx with an answer of 1 KiB over http, https (HTTP/1.1) and https (HTTP/2), on the first core: as a file, as
 * people serve one, and from its configuration. Opening a file for each request makes nginx the slower of the two, so that
 * the generators differ only in how well they keep it busy; without the file the generator is what is measured.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, start, waitForPort } from './processes.ts';

export interface Nginx {
  readonly url: string;
  /** The same answer from a file. */
  readonly fileUrl: string;
  /** TLS, HTTP/1.1 only and HTTP/2. */
  readonly tlsUrl: string;
  readonly h2Url: string;
  /** The certificate, for those who check it. */
  readonly certificate: string;
  /** CPU seconds that it used so far. */
  cpu(): number;
  stop(): Promise<void>;
}

export async function startNginx(): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-bench-load-'));
  const [plain, tls, h2] = [await freePort(), await freePort(), await freePort()];
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', certificate, ...subject], {
    stdio: 'ignore',
  });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const server = (port: number, options: string) =>
    `server { listen 127.0.0.1:${port}${options}; location = /memory { default_type text/plain; return 200 '${'x'.repeat(1024)}'; } location = /static { default_type text/plain; root ${folder}; } ssl_certificate ${certificate}; ssl_certificate_key ${key}; }`;
  writeFileSync(join(folder, 'static'), 'x'.repeat(1024));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; worker_rlimit_nofile 4096;
     events { worker_connections 2048; }
     http { access_log off; keepalive_requests 1000000000; ${paths.join(' ')}
       ${server(plain, '')} ${server(tls, ' ssl')} ${server(h2, ' ssl http2')} }`,
  );
  const log = `${folder}/error.log`;
  const nginx = start(0, ['/usr/sbin/nginx', '-p', folder, '-c', `${folder}/nginx.conf`, '-e', log]);
  await waitForPort(h2);
  return {
    url: `http://127.0.0.1:${plain}/memory`,
    fileUrl: `http://127.0.0.1:${plain}/static`,
    tlsUrl: `https://127.0.0.1:${tls}/memory`,
    h2Url: `https://127.0.0.1:${h2}/memory`,
    certificate,
    cpu: nginx.cpu,
    async stop() {
      await nginx.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

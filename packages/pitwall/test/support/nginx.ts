import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const NGINX = '/usr/sbin/nginx';
/** Seconds for it to take connections. */
const PATIENCE = 30;

/** For a test's `skip`. In continuous integration a missing nginx is a failure; on somebody's machine a reason to skip. */
export const noNginx = existsSync(NGINX) || process.env.CI === 'true' ? false : `there is no ${NGINX} here`;

/**
 * Runs an nginx of the test's own, with one worker, until the test ends. Everything that it writes is below `folder`.
 * @param servers what goes into its `http` block; no access log is written unless it says so
 * @param port one of those that it listens on, on 127.0.0.1: nginx is up when connections to it are taken
 */
export async function startNginx(t: TestContext, folder: string, servers: string, port: number): Promise<void> {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr;
     events { worker_connections 4096; } http { access_log off; ${paths.join(' ')} ${servers} }`,
  );
  const child = spawn(NGINX, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints += data;
  });
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const limit = performance.now() + PATIENCE * 1000;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > limit) throw new Error(`nginx did not start: ${complaints}`);
    await delay(25);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

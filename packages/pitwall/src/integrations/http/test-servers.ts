import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import type { CollectContext } from '../../model/integration.ts';
import { connect, type HttpConnection } from './connection.ts';
import { httpOptions } from './options.ts';

/** Real servers on loopback for the tests of this integration; each is closed when its test ends. */

export const NOW = 1_800_000_000;

export function collectContext(signal: AbortSignal = new AbortController().signal): CollectContext {
  const sleep = (seconds: number, stop: AbortSignal): Promise<void> =>
    delay(seconds * 1000, undefined, { signal: stop });
  return { environment: { proc: '/proc', sys: '/sys', now: () => NOW, sleep }, signal, window: 1 };
}

/** A connection with these options as pitwall.yaml would give them. */
export function connectionWith(options: Record<string, unknown>): Promise<HttpConnection> {
  return connect(httpOptions.parse(options), '/');
}

/** A TCP server that does what the test says with each connection; answers with its port. */
export function tcpServer(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  return listen(t, createTcpServer(onConnection));
}

/** An ordinary HTTP server; answers with its origin. */
export async function httpServer(t: TestContext, listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(t, createHttpServer(listener))}`;
}

/** HTTPS with a certificate made for this test; answers with origin and certificate. */
export async function httpsServer(
  t: TestContext,
  listener: RequestListener,
  { days = 90, name = 'localhost', tls = {} as TlsOptions } = {},
): Promise<{ url: string; port: number; certificate: string }> {
  const { key, certificate } = await selfSigned(t, name, days);
  const port = await listen(t, createHttpsServer({ key, cert: certificate, ...tls }, listener));
  return { url: `https://127.0.0.1:${port}`, port, certificate };
}

/** A server that reads the request's head, then answers each with these bytes, and closes the connection or not. */
export function answering(t: TestContext, bytes: string | Buffer, { close = true } = {}): Promise<number> {
  return tcpServer(t, (socket) => {
    socket.on('data', (data) => {
      if (!data.includes('\r\n\r\n')) return;
      if (close) socket.end(bytes);
      else socket.write(bytes);
    });
  });
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A temporary folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-http-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function selfSigned(
  t: TestContext,
  name: string,
  days: number,
): Promise<{ key: Buffer; certificate: string }> {
  const folder = await temporaryFolder(t);
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', String(days)];
  await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', certificateFile]);
  return { key: await readFile(keyFile), certificate: await readFile(certificateFile, 'utf8') };
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Clients of these tests hang up in the middle: that is the point, not an error.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', () => resolve(null)).once('error', reject));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

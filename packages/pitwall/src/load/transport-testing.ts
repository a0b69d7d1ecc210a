/** Drives the channels of a transport by hand, and makes certificates for it: for the tests of the transports. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { HttpProtocol } from '../model/load.ts';
import {
  BUSY,
  type CapturedResponse,
  type Channel,
  CONNECTING,
  type FailureKind,
  IDLE,
  type PlainRequest,
  type Transport,
} from './channel.ts';
import type { Endpoint } from './endpoint.ts';
import { createTransport } from './transport.ts';

interface Answer {
  readonly channel: number;
  readonly status: number;
  readonly bytes: number;
  readonly keepAlive: boolean;
  readonly serverMs: number;
  readonly times: {
    readonly intended: number;
    readonly written: number;
    readonly firstByte: number;
    readonly end: number;
  };
  readonly held: number;
  readonly captured: CapturedResponse | null;
}

export interface Driven {
  readonly answers: Answer[];
  readonly failures: { readonly kind: FailureKind; readonly reason: string; readonly whileResending: boolean }[];
  opened: number;
  dropped: number;
  stale: number;
  readonly transport: Transport;
}

export interface DriveOptions {
  readonly to: Endpoint;
  readonly host?: string;
  readonly protocol?: HttpProtocol;
  readonly users?: number;
  readonly connections?: number;
  /** Requests in all; a user whose request has been answered or has failed takes the next one. */
  readonly requests?: number;
  /** Milliseconds for one request. */
  readonly timeout?: number;
  readonly request?: Partial<PlainRequest>;
  /** Milliseconds in which everything has to be over. */
  readonly limit?: number;
  /** Called after each answer. */
  readonly onAnswer?: (driven: Driven) => void;
}

/** A closed loop over the channels, until as many requests were answered or have failed as were asked for. */
export async function drive(t: TestContext, options: DriveOptions): Promise<Driven> {
  const {
    to,
    host = 'localhost',
    protocol = 'http1',
    users = 1,
    requests = users,
    timeout = 3000,
    limit = 8000,
  } = options;
  const plain: PlainRequest = { method: 'GET', path: '/', headers: {}, body: null, capture: false, ...options.request };
  let begun = 0;
  const asked = new Set<Channel>();
  const settled = Promise.withResolvers<void>();
  const next = (channel: Channel, now: number): void => {
    asked.delete(channel);
    if (driven.answers.length + driven.failures.length >= requests) settled.resolve();
    else if (begun < requests && channel.state === IDLE) ask(channel, now);
    else if (begun < requests) channel.open(now);
  };
  const ask = (channel: Channel, now: number): void => {
    if (begun >= requests) return;
    begun++;
    asked.add(channel);
    channel.send(encoded, 0, now, true);
  };
  const owner = {
    opened(channel: Channel, now: number): void {
      driven.opened++;
      ask(channel, now);
    },
    answered(channel: Channel, now: number): void {
      const { status, bytes, keepAlive, serverMs, held, intended, writtenAt, firstByteAt } = channel;
      const captured = plain.capture ? channel.captured() : null;
      const times = { intended, written: writtenAt, firstByte: firstByteAt, end: now };
      driven.answers.push({ channel: channel.index, status, bytes, keepAlive, serverMs, times, held, captured });
      options.onAnswer?.(driven);
      next(channel, now);
    },
    failed(channel: Channel, kind: FailureKind, reason: string, now: number): void {
      // An attempt to connect costs a request, as it does in a run.
      if (!asked.has(channel)) begun++;
      driven.failures.push({ kind, reason, whileResending: channel.resending });
      next(channel, now);
    },
    dropped(channel: Channel): void {
      driven.dropped++;
      if (begun < requests) channel.open(performance.now());
    },
    stale(): void {
      driven.stale++;
    },
  };
  const transport = createTransport({
    to,
    host,
    protocol,
    count: users,
    owner,
    ...(options.connections !== undefined && { connections: options.connections }),
  });
  const driven: Driven = { answers: [], failures: [], opened: 0, dropped: 0, stale: 0, transport };
  t.after(() => transport.close());
  const encoded = transport.encode(plain);
  for (const channel of transport.channels) channel.open(performance.now());
  const sweep = setInterval(() => {
    const now = performance.now();
    for (const channel of transport.channels) {
      if (channel.state === BUSY || channel.state === CONNECTING) channel.expire(now, timeout);
    }
  }, 10);
  const tooLong = new AbortController();
  try {
    await Promise.race([
      settled.promise,
      delay(limit, null, { signal: tooLong.signal }).then(() => {
        const { answers, failures } = driven;
        throw new Error(`${answers.length} answers and ${failures.length} failures of ${requests} in ${limit} ms`);
      }),
    ]);
  } finally {
    tooLong.abort();
    clearInterval(sweep);
  }
  return driven;
}

/** A temporary folder that is gone after the test. */
export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-load-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  /** Its key is encrypted with `passphrase`. */
  readonly client: { readonly cert: string; readonly key: string; readonly passphrase: string };
  /** Of the same authority, and over. */
  readonly expired: { readonly cert: string; readonly key: string };
}

/** An authority and what it signed, for localhost, 127.0.0.1 and ::1. */
export async function certificates(folder: string): Promise<Certificates> {
  const run = promisify(execFile);
  const file = (name: string): string => join(folder, name);
  const text = (name: string): Promise<string> => readFile(file(name), 'utf8');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const passphrase = 'correct horse';
  await run('openssl', [
    ...['req', '-x509', ...ec, '-nodes', '-days', '10', '-subj', '/CN=pitwall test authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  ]);
  const sign = async (name: string, days: number, key: readonly string[]): Promise<{ cert: string; key: string }> => {
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1';
    const subject = ['-subj', `/CN=${name}`, '-addext', names];
    await run('openssl', [
      'req',
      '-new',
      ...ec,
      ...key,
      ...subject,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    ]);
    const by = [
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-set_serial',
      String(name.length),
      '-days',
      String(days),
    ];
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...by,
      '-copy_extensions',
      'copy',
      '-out',
      file(`${name}.pem`),
    ]);
    return { cert: await text(`${name}.pem`), key: await text(`${name}.key`) };
  };
  const [server, client, expired] = await Promise.all([
    sign('server', 10, ['-nodes']),
    sign('client', 10, ['-passout', `pass:${passphrase}`]),
    sign('expired', -1, ['-nodes']),
  ]);
  return { ca: await text('ca.pem'), server, client: { ...client, passphrase }, expired };
}

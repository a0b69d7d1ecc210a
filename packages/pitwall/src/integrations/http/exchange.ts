import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { classify, ExchangeError, type Stage, timeoutError } from './failure.ts';
import type { HttpEndpoint } from './options.ts';

/** Bytes of status line and headers accepted: Node's own default, said here so that a flag cannot change it. */
const HEAD_LIMIT = 16 * 1024;
/** Bytes of body accepted before the connection is cut: larger responses are downloads, not something to time. */
export const BODY_LIMIT = 64 * 1024 * 1024;
/** Offered unless the endpoint's own headers say otherwise: what browsers of today send. */
const ACCEPT_ENCODING = 'gzip, br, zstd';

export interface ExchangeOptions {
  /** Origin. */
  readonly url: URL;
  readonly endpoint: Pick<HttpEndpoint, 'method' | 'path' | 'headers' | 'body'>;
  readonly agent: Agent;
  /** Seconds for everything, from the name to the last byte. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Bytes of body to hand back; more is counted and thrown away. */
  readonly keepBytes: number;
  /** Bytes of body after which the connection is cut. Default: BODY_LIMIT. */
  readonly bodyLimit?: number;
}

/** Durations in nanoseconds. DNS, connect and TLS are absent on a connection that was open already. */
interface Phases {
  readonly dns?: number;
  readonly connect?: number;
  readonly tls?: number;
  /** From the request being handed to the connection to the first byte of the response. */
  readonly 'first-byte': number;
}

export interface Exchange {
  readonly status: number;
  /** `HTTP/1.1`. */
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent on a connection that had carried a request before. */
  readonly reused: boolean;
  readonly phases: Phases;
  /** From the call to the last byte, nanoseconds. */
  readonly total: number;
  /** Bytes of body as transferred, without chunk framing. */
  readonly transferred: number;
  /** The body as transferred, or null when it is longer than `keepBytes`. */
  readonly body: Buffer | null;
}

/** Headers of a request as sent: what the endpoint says, over what a browser would offer. */
export function requestHeaders(endpoint: Pick<HttpEndpoint, 'headers' | 'body'>): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'pitwall',
    accept: '*/*',
    'accept-encoding': ACCEPT_ENCODING,
    ...(endpoint.body !== undefined && { 'content-length': String(Buffer.byteLength(endpoint.body)) }),
  };
  for (const [name, value] of Object.entries(endpoint.headers)) headers[name.toLowerCase()] = value;
  return headers;
}

/** `host:port`, with the default port written out. */
export function authorityOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/**
 * One request and its response, timed and bounded in every direction. Redirects are not followed. Rejects with an
 * ExchangeError, or with the signal's reason.
 */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { url, endpoint, agent, timeout, signal, keepBytes, bodyLimit = BODY_LIMIT } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const start = performance.now();
    const marks: { lookup?: number; connect?: number; secure?: number; ready?: number; firstByte?: number } = {};
    const authority = authorityOf(url);
    let stage: Stage = 'connect';
    let transferred = 0;
    let kept: Buffer[] | null = [];
    let request: ClientRequest | null = null;
    let detach = (): void => {};

    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      detach();
    };
    const fail = (error: unknown): void => {
      finish();
      const reused = request?.reusedSocket === true;
      const circumstances = { stage, authority, received: transferred, headLimit: HEAD_LIMIT, reused };
      reject(signal.aborted ? signal.reason : classify(error, circumstances));
      request?.destroy();
    };
    const aborted = (): void => fail(signal.reason);
    const timer = setTimeout(
      () => fail(timeoutError(timeout, { stage, authority, received: transferred })),
      timeout * 1000,
    );
    signal.addEventListener('abort', aborted);

    /** Stamps the phases of a connection as it opens, or takes one that is open as it is. */
    const watch = (socket: Socket): void => {
      const onLookup = (): void => {
        marks.lookup ??= performance.now();
      };
      const onConnect = (): void => {
        marks.connect = performance.now();
        if (url.protocol === 'https:') stage = 'tls';
        else onReady();
      };
      const onSecure = (): void => {
        marks.secure = performance.now();
        onReady();
      };
      const onReady = (): void => {
        marks.ready = performance.now();
        stage = 'wait';
      };
      const onData = (): void => {
        marks.firstByte ??= performance.now();
      };
      detach = () => {
        socket.off('lookup', onLookup).off('connect', onConnect).off('secureConnect', onSecure).off('data', onData);
      };
      // Before the HTTP parser's own listener, so that parsing does not count as waiting.
      socket.prependListener('data', onData);
      if (request?.reusedSocket) onReady();
      else socket.on('lookup', onLookup).on('connect', onConnect).on('secureConnect', onSecure);
    };

    const receive = (response: IncomingMessage): void => {
      stage = 'body';
      response.on('data', (chunk: Buffer) => {
        transferred += chunk.length;
        if (transferred > bodyLimit) {
          const limit = `${Math.round(bodyLimit / 1024 / 1024)} MiB`;
          fail(new ExchangeError('too-large', `the response is larger than ${limit}`));
        } else if (transferred > keepBytes) kept = null;
        else kept?.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        finish();
        const end = performance.now();
        const connected = marks.connect !== undefined;
        resolve({
          status: response.statusCode ?? 0,
          protocol: `HTTP/${response.httpVersion}`,
          headers: flat(response),
          reused: request?.reusedSocket === true,
          phases: {
            ...(marks.lookup !== undefined && { dns: (marks.lookup - start) * 1e6 }),
            ...(connected && { connect: (marks.connect! - (marks.lookup ?? start)) * 1e6 }),
            ...(connected && marks.secure !== undefined && { tls: (marks.secure - marks.connect!) * 1e6 }),
            'first-byte': ((marks.firstByte ?? end) - (marks.ready ?? start)) * 1e6,
          },
          total: (end - start) * 1e6,
          transferred,
          body: kept && Buffer.concat(kept),
        });
      });
    };

    try {
      request = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
        agent,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        method: endpoint.method,
        path: endpoint.path,
        headers: requestHeaders(endpoint),
        maxHeaderSize: HEAD_LIMIT,
      });
      request.on('socket', watch);
      request.on('response', receive);
      request.on('upgrade', (_, socket) => {
        socket.destroy();
        fail(new ExchangeError('protocol', 'the server switched to another protocol (101)'));
      });
      request.on('error', fail);
      request.end(endpoint.body);
    } catch (error) {
      fail(error);
    }
  });
}

function flat(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

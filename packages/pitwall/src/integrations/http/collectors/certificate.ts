import { isIP } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { printable } from '../../../errors.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Collected } from '../../../model/integration.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { HttpConnection } from '../connection.ts';
import { authorityOf } from '../exchange.ts';
import { classify, ExchangeError, timeoutError } from '../failure.ts';

const REMAINING = 'http.tls.certificate.remaining';

/** What a handshake showed. */
interface Handshake {
  readonly protocol: string;
  readonly cipher: string;
  readonly subject: string;
  readonly issuer: string;
  /** As in the certificate: `Nov 20 00:00:00 2026 GMT`. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Why it is not trusted; null when it is. */
  readonly distrust: string | null;
}

/**
 * Looks at the certificate without insisting that it is valid (an expired one is just what is to be found out). Nothing
 * is sent after the handshake, so an untrusted server learns nothing.
 */
export const certificateCollector = defineCollector<HttpConnection>({
  id: 'certificate',
  title: 'TLS certificate',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection, { environment, signal }): Promise<Collected> {
    if (connection.url.protocol !== 'https:') return gap('the service is plain http and has no certificate');
    try {
      const handshake = await shakeHands(connection, signal);
      return judgeable(handshake, authorityOf(connection.url), environment.now());
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      return gap(error.message);
    }
  },
});

/** Facts and samples of a handshake. Pure. `now`: epoch seconds. */
export function judgeable(handshake: Handshake, authority: string, now: number): Collected {
  const end = Date.parse(handshake.validTo) / 1000;
  const value: JsonObject = { ...handshake, remainingSeconds: Number.isFinite(end) ? end - now : null };
  const facts = [{ kind: 'http.tls', key: authority, value }];
  if (!Number.isFinite(end)) {
    return { facts, ...gap('the end of its validity cannot be read') };
  }
  return { facts, samples: [{ name: REMAINING, labels: {}, at: now, value: end - now }] };
}

function gap(why: string): Collected {
  return { gaps: [{ what: REMAINING, why }] };
}

function shakeHands({ url, options, tls }: HttpConnection, signal: AbortSignal): Promise<Handshake> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const authority = authorityOf(url);
  const { resume: _, ...settings } = tls;
  const servername = tls.servername ?? (isIP(host) ? undefined : host);
  const seconds = Math.min(options.timeout, 10);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let stage: 'connect' | 'tls' = 'connect';
    const socket: TLSSocket = tlsConnect({
      host,
      port: Number(url.port || 443),
      ...settings,
      rejectUnauthorized: false,
      ...(servername !== undefined && { servername }),
    });
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      act();
      socket.destroy();
    };
    const circumstances = () => ({ stage, authority, received: 0, headLimit: 0, reused: false });
    const aborted = (): void => finish(() => reject(signal.reason));
    const timer = setTimeout(() => finish(() => reject(timeoutError(seconds, circumstances()))), seconds * 1000);
    signal.addEventListener('abort', aborted);
    socket.on('connect', () => {
      stage = 'tls';
    });
    socket.on('error', (error) => finish(() => reject(classify(error, circumstances()))));
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      const distrust = socket.authorizationError;
      finish(() =>
        resolve({
          protocol: socket.getProtocol() ?? 'unknown',
          cipher: socket.getCipher().name,
          subject: printable(nameOf(certificate.subject)),
          issuer: printable(nameOf(certificate.issuer)),
          validFrom: String(certificate.valid_from),
          validTo: String(certificate.valid_to),
          distrust: distrust ? printable(String(distrust)) : null,
        }),
      );
    });
  });
}

function nameOf(name: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined): string {
  return String(name?.CN ?? name?.O ?? 'unnamed');
}

import net from 'node:net';
import tls from 'node:tls';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Endpoint } from './http1/connection.ts';

/** How a target's certificate is checked. Default: Node's own checks and authorities. */
export interface TlsSettings {
  /** PEM authorities to trust instead of the built-in ones. */
  readonly ca?: string;
  /** Name to ask for and to expect in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/**
 * Opens one connection (and its TLS session) to find the address that answers: `localhost` may be ::1 or 127.0.0.1.
 * `timeout` in seconds, for each address.
 * @throws PitwallError LOAD_UNREACHABLE when none does
 */
export async function reach(
  url: URL,
  addresses: readonly string[],
  settings: TlsSettings,
  timeout: number,
  signal: AbortSignal,
): Promise<Endpoint> {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  let reason = 'the name has no address';
  for (const address of addresses) {
    signal.throwIfAborted();
    const to: Endpoint = { address, port, ...(secure ? { tls: { ...servername, ...settings } } : {}) };
    try {
      await connectOnce(to, timeout, signal);
      return to;
    } catch (error) {
      signal.throwIfAborted();
      reason = reasonOf(error);
    }
  }
  throw new PitwallError('LOAD_UNREACHABLE', { url: url.origin, reason });
}

function connectOnce(to: Endpoint, timeout: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = to.tls
      ? tls.connect({ ...to.tls, host: to.address, port: to.port })
      : net.connect({ host: to.address, port: to.port });
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const abort = () => settle(new Error('aborted'));
    const timer = setTimeout(() => settle(new Error(`no connection within ${timeout} s`)), timeout * 1000);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', settle);
    socket.once(to.tls ? 'secureConnect' : 'connect', () => settle(null));
  });
}

import net from 'node:net';
import tls from 'node:tls';
import { PitwallError, printable, reasonOf } from '../errors.ts';
import { connectionFailure, isUntrusted, tlsFailure } from '../model/connection-failure.ts';
import type { HttpProtocol } from '../model/load.ts';
import { type Alpn, dialOptions, secureContext } from './dial.ts';
import type { Endpoint, TlsSettings } from './endpoint.ts';
import { readHostLimits, shortage } from './host-limits.ts';
import { EMPTY_SETTINGS, isSettings, PREFACE } from './http2/preface.ts';

export interface Place {
  /** Of the host, checked by `assertAllowed`; ignored with a socket. */
  readonly addresses: readonly string[];
  readonly socketPath?: string;
  /** Default `http1`. */
  readonly protocol?: HttpProtocol;
}

/** With TLS 1.3 a server judges the client's certificate after the handshake is over for the client: its word is waited for (ms). */
const SECOND_THOUGHTS = 250;

/**
 * Opens one connection (with its TLS session, and for HTTP/2 the exchange of settings) to find the address that answers:
 * `localhost` may be ::1 or 127.0.0.1. `timeout` in seconds, for each address.
 * @throws PitwallError LOAD_UNREACHABLE when none does, LOAD_UNTRUSTED when its certificate is not trusted, LOAD_LIMITS when this host has no place for a connection; LOAD_PROTOCOL when it does not speak what was asked for;
 *   TLS_UNUSABLE when certificate, key or versions cannot be used
 */
export async function reach(
  url: URL,
  { addresses, socketPath, protocol = 'http1' }: Place,
  settings: TlsSettings,
  timeout: number,
  signal: AbortSignal,
): Promise<Endpoint> {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const tlsOf = secure ? { tls: { ...servername, ...settings } } : {};
  const context = secure ? usableContext(url, settings) : null;
  const places: Endpoint[] =
    socketPath === undefined
      ? addresses.map((address) => ({ address, port, ...tlsOf }))
      : [{ address: net.isIP(host) === 0 ? '' : host, port, socketPath, ...tlsOf }];
  let reason = 'the name has no address';
  let lacking: string | null = null;
  for (const to of places) {
    signal.throwIfAborted();
    try {
      await look(to, context, protocol, timeout, signal);
      return to;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WrongProtocol || isAlpnAlert(error)) {
        const wanted = protocol === 'http2' ? 'HTTP/2' : 'HTTP/1.1';
        const refused = `it refused ${alpnOf(protocol)} in the TLS handshake (ALPN)`;
        const why = error instanceof WrongProtocol ? error.message : refused;
        throw new PitwallError('LOAD_PROTOCOL', { url: url.origin, protocol: wanted, reason: why }, { cause: error });
      }
      reason = inWords(error, to);
      // An IPv6 address that this host does not have fails in the same words.
      lacking = net.isIPv6(to.address) ? null : shortage(reasonOf(error), readHostLimits());
    }
  }
  if (lacking !== null) throw new PitwallError('LOAD_LIMITS', { problem: lacking });
  throw new PitwallError(isUntrusted(reason) ? 'LOAD_UNTRUSTED' : 'LOAD_UNREACHABLE', { url: url.origin, reason });
}

function inWords(error: unknown, { address, port, socketPath, tls: secure }: Endpoint): string {
  const { code, message } = error as NodeJS.ErrnoException;
  // Without a code they are our own words.
  if (code === undefined) return reasonOf(error);
  const authority = socketPath ?? (net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`);
  return connectionFailure(code, authority) ?? (secure ? printable(tlsFailure(code, message)) : reasonOf(error));
}

class WrongProtocol extends Error {}

const alpnOf = (protocol: HttpProtocol): Alpn => (protocol === 'http2' ? 'h2' : 'http/1.1');

/** The alert `no_application_protocol` (RFC 7301 §3.2), as OpenSSL words it. */
function isAlpnAlert(error: unknown): boolean {
  return /no.application.protocol/i.test(`${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`);
}

function usableContext(url: URL, settings: TlsSettings): tls.SecureContext {
  const { cert, key, minVersion, maxVersion } = settings;
  let problem: string | null = null;
  if ((cert === undefined) !== (key === undefined)) problem = 'a client certificate needs both cert and key';
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    problem = `minVersion ${minVersion} is above maxVersion ${maxVersion}`;
  }
  try {
    if (problem === null) return secureContext(settings);
  } catch (error) {
    problem = reasonOf(error);
  }
  throw new PitwallError('TLS_UNUSABLE', { url: url.origin, reason: problem });
}

/** Connects once and hangs up. Rejects with why that is no connection to load. */
function look(
  to: Endpoint,
  context: tls.SecureContext | null,
  protocol: HttpProtocol,
  timeout: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = dialOptions(to, alpnOf(protocol), context);
    const socket = context ? tls.connect(options) : net.connect(options as net.NetConnectOpts);
    const timers: NodeJS.Timeout[] = [];
    const settle = (error: Error | null) => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const abort = () => settle(new Error('aborted'));
    const after = (milliseconds: number, then: () => void) => timers.push(setTimeout(then, milliseconds));
    after(timeout * 1000, () => settle(new Error(`no connection within ${timeout} s`)));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', settle);
    socket.once(context ? 'secureConnect' : 'connect', () => {
      if (protocol === 'http2') {
        lookForSettings(socket, settle);
      } else if (socket instanceof tls.TLSSocket && socket.getProtocol() === 'TLSv1.3') {
        socket.once('session', () => settle(null));
        socket.once('end', () => settle(new Error('it closed the connection right after the TLS handshake')));
        socket.resume();
        after(SECOND_THOUGHTS, () => settle(null));
      } else {
        settle(null);
      }
    });
  });
}

/** A server that speaks HTTP/2 begins with its SETTINGS, whatever comes after them: RFC 9113 §3.4. */
function lookForSettings(socket: net.Socket, settle: (error: Error | null) => void): void {
  if (socket instanceof tls.TLSSocket && socket.alpnProtocol !== 'h2') {
    settle(new WrongProtocol('it did not choose h2 in the TLS handshake (ALPN)'));
    return;
  }
  const received: Buffer[] = [];
  socket.on('data', (data: Buffer) => {
    received.push(data);
    const verdict = isSettings(Buffer.concat(received));
    if (verdict === true) settle(null);
    else if (verdict === false) settle(new WrongProtocol('its first words were not those of HTTP/2'));
  });
  socket.once('end', () => settle(new WrongProtocol('it closed the connection at the first words of HTTP/2')));
  socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS]));
}

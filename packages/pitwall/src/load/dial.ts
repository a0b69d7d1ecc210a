import net from 'node:net';
import tls from 'node:tls';
import { Histogram } from '../stats/histogram.ts';
import type { TransportCounts } from './channel.ts';
import type { Endpoint, TlsSettings } from './endpoint.ts';

/** The application protocols by their ALPN names (RFC 7301, RFC 9113 §3.1). */
export type Alpn = 'http/1.1' | 'h2';

const NANOSECONDS = 1e6;

/**
 * Reads certificates and keys. One context serves all connections of a worker: one for each would be 36 to 47 KiB and up to
 * 0.6 ms a connection (measured with Node 24).
 * @throws Error in OpenSSL's words, when the PEM, the pass phrase or the versions cannot be used
 */
export function secureContext(settings: TlsSettings): tls.SecureContext {
  const { ca, cert, key, passphrase, minVersion, maxVersion } = settings;
  return tls.createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
  });
}

/** What `net.connect` and `tls.connect` need to know of the place. */
export function dialOptions(to: Endpoint, alpn: Alpn, context: tls.SecureContext | null): tls.ConnectionOptions {
  const { address, port, socketPath } = to;
  const place = socketPath === undefined ? { host: address, port } : { path: socketPath };
  if (!to.tls || context === null) return place;
  const { servername, rejectUnauthorized = true } = to.tls;
  return {
    ...place,
    // Also with a path: the certificate is checked against it when there is no name.
    ...(address !== '' && { host: address }),
    ...(servername !== undefined && { servername }),
    rejectUnauthorized,
    secureContext: context,
    ALPNProtocols: [alpn],
  };
}

/** Opens the connections of one worker and keeps account of what that took. */
export class Dialler {
  opened = 0;
  readonly #alpn: Alpn;
  readonly #options: tls.ConnectionOptions;
  readonly #secure: boolean;
  readonly #resume: boolean;
  readonly #connect = new Histogram();
  readonly #handshake: Histogram | null;
  #session: Buffer | null = null;
  #resumed = 0;
  #version = '';
  #cipher = '';

  /** @throws Error when the TLS settings cannot be used: `reach` has tried them before */
  constructor(to: Endpoint, alpn: Alpn) {
    this.#alpn = alpn;
    this.#secure = to.tls !== undefined;
    this.#options = dialOptions(to, alpn, to.tls ? secureContext(to.tls) : null);
    this.#resume = to.tls?.resume ?? true;
    this.#handshake = to.tls ? new Histogram() : null;
  }

  /** Starts a connection. `ready` is called once it can carry requests; errors are events of the socket, as ever. */
  dial(onread: net.OnReadOpts | null, ready: (now: number) => void): net.Socket {
    const since = performance.now();
    return this.#secure ? this.#dialSecure(since, onread, ready) : this.#dialPlain(since, onread, ready);
  }

  counts(): TransportCounts {
    return {
      protocol: this.#alpn,
      opened: this.opened,
      connect: this.#connect.toDistribution(),
      tls:
        this.#handshake === null
          ? null
          : {
              version: this.#version,
              cipher: this.#cipher,
              handshake: this.#handshake.toDistribution(),
              resumed: this.#resumed,
            },
    };
  }

  #dialPlain(since: number, onread: net.OnReadOpts | null, ready: (now: number) => void): net.Socket {
    const options = onread === null ? this.#options : { ...this.#options, onread };
    const socket = net.connect(options as net.NetConnectOpts);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      const now = performance.now();
      this.opened++;
      this.#connect.record((now - since) * NANOSECONDS);
      ready(now);
    });
    return socket;
  }

  #dialSecure(since: number, onread: net.OnReadOpts | null, ready: (now: number) => void): net.Socket {
    const options: tls.ConnectionOptions = {
      ...this.#options,
      ...(onread !== null && { onread }),
      ...(this.#session !== null && { session: this.#session }),
    };
    let connected = since;
    const socket = tls.connect(options);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      connected = performance.now();
      this.#connect.record((connected - since) * NANOSECONDS);
    });
    socket.on('secureConnect', () => {
      const now = performance.now();
      this.opened++;
      this.#handshake!.record((now - connected) * NANOSECONDS);
      if (socket.isSessionReused()) this.#resumed++;
      if (this.#version === '') {
        this.#version = socket.getProtocol() ?? '';
        this.#cipher = socket.getCipher().name;
      }
      ready(now);
    });
    if (this.#resume) {
      // TLS 1.3 sends tickets after the handshake, and one ticket is good for many connections until the server says otherwise.
      socket.on('session', (session) => {
        this.#session = session;
      });
    }
    return socket;
  }
}

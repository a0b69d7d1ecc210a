/** How a TLS connection is made. Default: Node's own checks, authorities and versions. All PEM, all optional. */
export interface TlsSettings {
  /** Authorities to trust instead of the built-in ones. */
  readonly ca?: string;
  /** Certificate (with its chain) and key that the client shows. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Name to ask for and to expect in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Whether a new connection offers the newest session of its worker, as browsers do. Default true. */
  readonly resume?: boolean;
}

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Where the connections go: one checked address, so that a name cannot resolve differently half-way through. */
export interface Endpoint {
  /** IP address; empty for a Unix socket. */
  readonly address: string;
  readonly port: number;
  /** Absolute path of the Unix socket to connect to instead. */
  readonly socketPath?: string;
  /** Set for https. */
  readonly tls?: TlsSettings;
}

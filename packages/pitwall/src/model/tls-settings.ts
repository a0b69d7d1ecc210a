type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** How a TLS connection is made. Default: Node's own checks, authorities and versions. All PEM text, all optional. */
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

import type { TlsSettings } from '../model/tls-settings.ts';

export type { TlsSettings };

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

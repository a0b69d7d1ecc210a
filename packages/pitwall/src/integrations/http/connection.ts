import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { resolve } from 'node:path';
import { PitwallError, reasonOf } from '../../errors.ts';
import type { HttpOptions } from './options.ts';

/** A target that can be asked: nothing is open between probes. */
export interface HttpConnection {
  readonly url: URL;
  readonly options: HttpOptions;
  readonly ca: string | null;
}

/** Reads what the options refer to. Throws CONFIG_UNREADABLE when the CA file cannot be read. */
export async function connect(options: HttpOptions, directory: string): Promise<HttpConnection> {
  const { ca } = options.tls;
  const url = new URL(options.url);
  if (ca === undefined || ca.includes('-----BEGIN')) return { url, options, ca: ca ?? null };
  const file = resolve(directory, ca);
  try {
    return { url, options, ca: await readFile(file, 'utf8') };
  } catch (error) {
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/**
 * Connections to the target, one at a time. `kept`: the connection stays open for the next request; otherwise each
 * request opens its own, with a full TLS handshake (no session is resumed). Destroy it after use.
 */
export function createAgent({ url, options, ca }: HttpConnection, kept: boolean): Agent {
  const common = { keepAlive: kept, maxSockets: 1 };
  if (url.protocol === 'http:') return new HttpAgent(common);
  return new HttpsAgent({ ...common, maxCachedSessions: 0, ...tlsSettings(options, ca) });
}

/** How the target's certificate is checked, in the words of Node's `tls.connect`. `ca`: PEM text. */
export function tlsSettings(
  { tls: { servername, rejectUnauthorized } }: HttpOptions,
  ca: string | null,
): { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized: boolean } {
  return { rejectUnauthorized, ...(ca !== null && { ca }), ...(servername !== undefined && { servername }) };
}

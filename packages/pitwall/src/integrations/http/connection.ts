import type { Agent } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpOptions } from './options.ts';
import { readTls, type TlsMaterial } from './tls.ts';

/** A target that can be asked: nothing is open between probes. */
export interface HttpConnection {
  readonly url: URL;
  readonly options: HttpOptions;
  readonly tls: TlsMaterial;
}

/** Reads what the options refer to. Throws as `readTls` does. */
export async function connect(options: HttpOptions, directory: string): Promise<HttpConnection> {
  return { url: new URL(options.url), options, tls: await readTls(options, directory) };
}

/**
 * Connections to the target, one at a time. `kept`: the connection stays open for the next request; otherwise each
 * request opens its own, with a full TLS handshake (no session is resumed). Destroy it after use.
 */
export function createAgent({ url, tls }: HttpConnection, kept: boolean): Agent {
  const common = { keepAlive: kept, maxSockets: 1 };
  if (url.protocol === 'http:') return new HttpAgent(common);
  const { resume: _, ...settings } = tls;
  return new HttpsAgent({ ...common, maxCachedSessions: 0, ...settings });
}

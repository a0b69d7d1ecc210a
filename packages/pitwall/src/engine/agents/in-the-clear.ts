import { parseStoreUrl } from '../../fleet/store-url.ts';
import { isLoopback } from '../../load/allow.ts';

/** Parameters of a store's URL from which the client library concludes that TLS is wanted (pg-connection-string 2.x). */
const ASKS_FOR_TLS = ['sslmode', 'sslcert', 'sslkey', 'sslrootcert'];

/**
 * A sentence when what is exchanged with a store can be read on its way: it is on another host, and neither its URL nor
 * `PGSSLMODE` says anything about TLS. `sslmode=disable` in either is somebody's decision (a tunnel, a network of their own), and
 * null, as is everything else. `PGHOST` stands in where the URL has no host.
 * @throws PitwallError SHARED_STORE_URL
 */
export function inTheClear(store: string, environment: Readonly<Record<string, string | undefined>>): string | null {
  const { url, name } = parseStoreUrl(store);
  const said = (parameter: string): string => url.searchParams.get(parameter) ?? '';
  // `parseStoreUrl` has tried to decode it.
  const host = said('host') || decodeURIComponent(url.hostname) || environment.PGHOST || 'localhost';
  if (isHere(host) || environment.PGSSLMODE) return null;
  if (ASKS_FOR_TLS.some((parameter) => said(parameter) !== '')) return null;
  if (['true', '1'].includes(said('ssl')) || said('sslnegotiation') === 'direct') return null;
  return `${name} is spoken to without TLS: plans, with the tokens in them, and results can be read and changed on the way. Add sslmode=verify-full to its URL; sslmode=disable says that this is meant`;
}

/** A folder is a Unix socket. An IPv6 address in a URL has brackets around it. */
function isHere(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
  return plain.startsWith('/') || plain === 'localhost' || plain.endsWith('.localhost') || isLoopback(plain);
}

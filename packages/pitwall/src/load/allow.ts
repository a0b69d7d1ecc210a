import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PitwallError, reasonOf } from '../errors.ts';
import { connectionFailure } from '../model/connection-failure.ts';
import type { Endpoint } from './endpoint.ts';

/** RFC 1122 §3.2.1.3 (127/8), RFC 4291 §2.5.3 (::1). IPv4-mapped addresses are matched by their IPv4 part. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an IP address literal is this host by definition. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && LOOPBACK.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an IP address literal is loopback or belongs to one of this host's interfaces: connections to it stay here. */
export function isThisHosts(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return (
    isLoopback(plain) ||
    Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === plain) ?? false)
  );
}

/**
 * Whether connections to this place end on this host: a Unix socket cannot lead anywhere else. Says who shares our cores, not who
 * may be loaded: an address of our own may be that of somebody else's service.
 */
export function isLocal(to: Pick<Endpoint, 'address' | 'socketPath'>): boolean {
  return to.socketPath !== undefined || isThisHosts(to.address);
}

/** Host of a URL without the brackets of an IPv6 literal. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/**
 * Load goes to this host, or to hosts that the user named in so many words: everything else could be somebody else's.
 * A name counts as this host only when every address it resolves to is loopback. Returns the addresses that were
 * checked; connect to these, so that a second look-up cannot lead elsewhere. With a Unix socket there is nothing to check: it
 * is this host by nature, and the name in the URL is only said, never looked up.
 * @throws PitwallError LOAD_NOT_ALLOWED, LOAD_UNREACHABLE when the name does not resolve
 */
export async function assertAllowed(
  url: string,
  allow: readonly string[],
  socketPath?: string,
): Promise<readonly string[]> {
  if (socketPath !== undefined) return [];
  const host = hostOf(url);
  let addresses: string[];
  try {
    addresses = (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = connectionFailure(code, host) ?? reasonOf(error);
    throw new PitwallError('LOAD_UNREACHABLE', { url: new URL(url).origin, reason }, { cause: error });
  }
  const named = allow.some((entry) => entry.toLowerCase().replace(/^\[|\]$/g, '') === host);
  if (!named && !addresses.every(isLoopback)) throw new PitwallError('LOAD_NOT_ALLOWED', { host });
  return addresses;
}

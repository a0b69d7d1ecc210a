import { lookup } from 'node:dns/promises';
import { readCgroup } from '../../integrations/_proc/cgroup.ts';
import { listenersOf } from '../../integrations/_proc/listeners.ts';
import { isThisHosts } from '../../load/allow.ts';
import type { HostSigns } from '../../load/danger.ts';
import { readHostSigns } from '../../load/danger-read.ts';
import type { Environment } from '../../model/integration.ts';
import type { LoadOptions } from '../../model/load.ts';

/**
 * Reads the danger signs of this host and of the cgroup of whoever listens on the loaded port; null when the service is
 * elsewhere: the signs of this host would then be the generator's.
 */
export async function hostWatch(
  environment: Environment,
  options: Pick<LoadOptions, 'url' | 'socket'>,
): Promise<(() => Promise<HostSigns>) | null> {
  if (!(await isThisHost(options))) return null;
  const url = new URL(options.url);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const { proc, sys } = environment;
  const [service] = options.socket === undefined ? await listenersOf(proc, port) : [];
  const cgroup = async (): Promise<HostSigns['cgroup']> => {
    const reading = await readCgroup(proc, sys, service ?? 'self');
    if (typeof reading === 'string' || typeof reading.memory === 'string') return null;
    const { limit, used } = reading.memory;
    return limit === null || used === null ? null : { limit, used };
  };
  return () => readHostSigns({ proc, sys }, cgroup);
}

/** Whether the service that a load goes to is on this host: a Unix socket, a loopback address or one of our own. */
export async function isThisHost({ url, socket }: Pick<LoadOptions, 'url' | 'socket'>): Promise<boolean> {
  if (socket !== undefined) return true;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.length > 0 && addresses.every(({ address }) => isThisHosts(address));
}

import { readFileSync } from 'node:fs';

/** What this host allows: null where it does not say (not Linux). */
export interface HostLimits {
  /** Open files of this process (soft limit; Node raises it to the hard one when it starts). */
  readonly openFiles: number | null;
  /** Local ports for connections to one address and port (ip_local_port_range; ip(7)). */
  readonly localPorts: number | null;
}

export const UNKNOWN_LIMITS: HostLimits = { openFiles: null, localPorts: null };

/** What Pitwall has open besides the connections of a load: libraries, store, logs, threads. */
const OWN_FILES = 100;

/** HTTP/2: users on one connection, unless said otherwise: what servers allow at once by default (nginx 128, Apache 100). */
export const USERS_A_SESSION = 100;

export function parseOpenFiles(limits: string): number | null {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (found === undefined) return null;
  return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found);
}

export function parsePortRange(text: string): number | null {
  const [low, high] = text.trim().split(/\s+/).map(Number);
  return low !== undefined && high !== undefined && high >= low ? high - low + 1 : null;
}

export function readHostLimits(): HostLimits {
  return {
    openFiles: parsed('/proc/self/limits', parseOpenFiles),
    localPorts: parsed('/proc/sys/net/ipv4/ip_local_port_range', parsePortRange),
  };
}

/**
 * Why that many connections at once cannot be opened from here, as the end of a sentence; null when they can. Looked at before
 * the run: in the middle of it the same shortage would look like a failing service.
 */
export function limitsProblem(connections: number, unixSocket: boolean, limits: HostLimits): string | null {
  const { openFiles, localPorts } = limits;
  const n = (value: number) => value.toLocaleString('en-US');
  if (openFiles !== null && connections + OWN_FILES > openFiles) {
    return `${n(connections)} connections need ${n(connections + OWN_FILES)} open files, and this process may have ${n(openFiles)} (ulimit -n)`;
  }
  if (!unixSocket && localPorts !== null && connections > localPorts) {
    return `${n(connections)} connections to one address need as many local ports, and there are ${n(localPorts)} (net.ipv4.ip_local_port_range)`;
  }
  return null;
}

/**
 * What this host had none left of when a connection failed with that (`connect EADDRNOTAVAIL …`), as the end of a sentence; null
 * when the failure was the service's or the network's. In the middle of a run nothing else tells the two apart.
 */
export function shortage(reason: string, { openFiles, localPorts }: HostLimits): string | null {
  const code = /\b(EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS|ENOMEM)\b/.exec(reason)?.[1];
  const there = (value: number | null, setting: string) =>
    value === null ? setting : `${value.toLocaleString('en-US')}, ${setting}`;
  switch (code) {
    case 'EADDRNOTAVAIL':
      return `no local port was left for another connection (${code}; ${there(localPorts, 'net.ipv4.ip_local_port_range')}), because each that is closed keeps its own for up to a minute (TIME_WAIT)`;
    case 'EMFILE':
      return `this process may not open more files (${code}; ${there(openFiles, 'ulimit -n')})`;
    case 'ENFILE':
      return `this host may not open more files (${code}; fs.file-max)`;
    case 'ENOBUFS':
    case 'ENOMEM':
      return `the kernel had no memory left for another connection (${code})`;
    default:
      return null;
  }
}

function parsed(file: string, parse: (text: string) => number | null): number | null {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

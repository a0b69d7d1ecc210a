import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { listPids } from './process-table.ts';
import { textOf } from './read.ts';

/** TCP_LISTEN in the kernel's numbering (include/net/tcp_states.h). */
const LISTEN = '0A';

/** Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6 (addresses and ports are hexadecimal). */
export function parseListenerInodes(text: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes: string[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === LISTEN && fields[1]?.endsWith(suffix) && fields[9] !== undefined) inodes.push(fields[9]);
  }
  return inodes;
}

/** Who listens on a port, and whether somebody does although we may not see who. */
export interface Listeners {
  readonly pids: readonly number[];
  /** True when a socket listens there. With no pids: its process belongs to somebody else, or to another namespace. */
  readonly listening: boolean;
}

export async function findListeners(proc: string, port: number): Promise<Listeners> {
  const inodes = new Set<string>();
  for (const file of ['tcp', 'tcp6']) {
    for (const inode of parseListenerInodes((await textOf(join(proc, 'net', file))) ?? '', port)) inodes.add(inode);
  }
  if (inodes.size === 0) return { pids: [], listening: false };
  const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  const pids: number[] = [];
  for (const pid of await listPids(proc)) {
    if (linksOf(proc, pid)?.some((link) => wanted.has(link))) pids.push(pid);
    // Thousands of links are read with synchronous calls (a tenth of the cost); others get their turn in between.
    await setImmediate();
  }
  return { pids, listening: true };
}

/** Process ids that listen on a TCP port of this host, workers that share the socket included; [] when not readable. */
export async function listenersOf(proc: string, port: number): Promise<number[]> {
  return [...(await findListeners(proc, port)).pids];
}

/** Absolute paths that a process has open, each once; [] when it is gone or not ours to look at. */
export async function openFilesOf(proc: string, pid: number): Promise<string[]> {
  const links = linksOf(proc, pid) ?? [];
  return [...new Set(links.filter((link) => link.startsWith('/')))].sort();
}

/** Targets of the process's file descriptors; null when they may not be listed. */
function linksOf(proc: string, pid: number): string[] | null {
  const folder = join(proc, String(pid), 'fd');
  const links: string[] = [];
  try {
    for (const name of readdirSync(folder)) {
      try {
        links.push(readlinkSync(join(folder, name)));
      } catch {
        // Closed since the folder was listed.
      }
    }
  } catch {
    return null;
  }
  return links;
}

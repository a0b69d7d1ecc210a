import { readdir, readFile } from 'node:fs/promises';
import { printable } from '../../errors.ts';
import type { Gap } from '../../model/observation.ts';

/** The text of a file under /proc or /sys, or why there is none. Every such source is optional. */
export type Reading =
  | { readonly text: string; readonly why?: undefined }
  | { readonly text: null; readonly why: string };

/** Reads one small kernel file. Never throws: kernels, containers and permissions differ, and none of that is an error. */
export async function readText(path: string): Promise<Reading> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    return { text: null, why: `${path} ${reasonFor((error as NodeJS.ErrnoException).code)}` };
  }
}

/** The text, or null where the reason does not matter. */
export async function textOf(path: string): Promise<string | null> {
  return (await readText(path)).text;
}

function reasonFor(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  // The kernel answers so when pressure accounting is compiled in but switched off (psi=0).
  if (code === 'EOPNOTSUPP') return 'is switched off in this kernel';
  if (code === 'ESRCH') return 'belongs to a process that has ended';
  return `cannot be read (${code ?? 'unknown error'})`;
}

/** Names in a folder, or null when it cannot be listed. */
export async function namesIn(path: string): Promise<string[] | null> {
  try {
    return await readdir(path);
  } catch {
    return null;
  }
}

/**
 * A gap in the words that reports use for all of them: not measured is never the same as healthy. Names of disks, mounts and
 * cgroups are others' to choose, so both texts are made printable.
 */
export function notMeasurable(what: string, why: string): Gap {
  return { what: printable(what), why: printable(`not measurable here: ${why}`) };
}

/** `key value`, `key: value` or `key value unit` a line (vmstat, meminfo, cpu.stat, memory.events, PID/io) as numbers. */
export function parseKeyed(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([\w().-]+):?\s+(-?\d+)/.exec(line);
    if (match) values.set(match[1]!, Number(match[2]));
  }
  return values;
}

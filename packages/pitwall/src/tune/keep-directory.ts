import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from '../model/change.ts';

/** Makes the folder for the originals of one change, durably. Returns its path. */
export function makeKeepDirectory(root: string, id: string): string {
  const directory = join(root, id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const descriptor = openSync(root, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return directory;
}

export function removeKeepDirectory(root: string, id: string): void {
  rmSync(join(root, id), { recursive: true, force: true });
}

/** After a change was kept: what is left in its folder is needed for taking it back later. */
export function removeIfEmpty(root: string, id: string): void {
  try {
    rmdirSync(join(root, id));
  } catch {
    // Not there, or not empty: both are as they should be.
  }
}

/** True when originals of that change are kept. */
export function hasKeepDirectory(root: string, id: string): boolean {
  return existsSync(join(root, id));
}

/**
 * Deletes the folders nobody needs: of changes that never reached the journal (killed between keeping the original and
 * the intent) or that are back to the original. Those of kept and conflicting changes stay: a person may still need them.
 */
export function removeOrphans(root: string, entries: readonly JournalEntry[]): void {
  if (!existsSync(root)) return;
  const needed = new Set(
    entries.filter(({ state }) => state !== 'rolled-back' && state !== 'failed').map(({ id }) => id),
  );
  for (const name of readdirSync(root)) if (!needed.has(name)) removeKeepDirectory(root, name);
}

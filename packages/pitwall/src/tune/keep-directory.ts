import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { JournalEntry } from '../model/change.ts';

/** Makes the folder for the originals of one change, durably, with the parents that it needs. Returns its path. */
export function makeKeepDirectory(root: string, id: string): string {
  const directory = join(resolve(root), id);
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 }) ?? directory;
  // Every folder that got a new one is synced, up to the one that was there: an entry in an entry that is lost is lost too.
  for (let parent = dirname(directory); ; parent = dirname(parent)) {
    syncDirectory(parent);
    if (parent === dirname(resolve(first))) return directory;
  }
}

/** fsync of a folder: what is new in it is only sure to be found after a power cut once it is synced. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
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

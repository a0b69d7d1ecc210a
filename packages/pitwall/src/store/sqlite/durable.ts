import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** fsync of a file's content. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** fsync of a folder: a new or renamed file is only sure to be found after a power cut once its folder is synced. */
export function syncDirectory(directory: string): void {
  syncFile(directory);
}

/** Creates a folder that only its owner can enter, with the parents it needs, durably. Leaves an existing one as it is. */
export function makePrivateDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const stop = dirname(resolve(first));
  for (let parent = dirname(resolve(directory)); ; parent = dirname(parent)) {
    syncDirectory(parent);
    if (parent === stop) return;
  }
}

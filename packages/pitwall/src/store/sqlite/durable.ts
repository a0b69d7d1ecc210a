import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PitwallError } from '../../errors.ts';

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

/**
 * Creates a folder that only its owner can enter, with the parents it needs, durably. Leaves an existing one as it is; throws
 * STATE_FOLDER_UNSAFE when others can write to that, because what is in it (SQL that puts an original back, the command
 * that starts the service) is run later.
 */
export function makePrivateDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) {
    const problem = problemOf(statSync(directory), process.getuid?.(), process.env.SUDO_UID);
    if (problem !== null) throw new PitwallError('STATE_FOLDER_UNSAFE', { directory, problem });
    return;
  }
  const stop = dirname(resolve(first));
  for (let parent = dirname(resolve(directory)); ; parent = dirname(parent)) {
    syncDirectory(parent);
    if (parent === stop) return;
  }
}

/**
 * Why what is in a folder could be somebody else's, or null.
 *
 * @param user who we are; undefined where the system has no such ids
 * @param sudoUser for root: who became it with sudo, and so already has its power
 */
export function problemOf(
  { mode, uid }: { readonly mode: number; readonly uid: number },
  user: number | undefined,
  sudoUser: string | undefined,
): string | null {
  if (user === undefined) return null;
  const trusted = uid === user || uid === 0 || (user === 0 && sudoUser === String(uid));
  if (!trusted) return `belongs to another user (${uid})`;
  if ((mode & 0o022) !== 0) return `can be written to by others (mode ${(mode & 0o777).toString(8)})`;
  return null;
}

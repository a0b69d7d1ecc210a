import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Identifies this boot of the machine: changes that a reboot undoes are known to be gone when it differs. Where the
 * kernel does not tell (not Linux), `unknown`: then nothing is ever taken for lost by a reboot.
 * Source: https://man7.org/linux/man-pages/man4/random.4.html (boot_id)
 */
export function readBootId(proc = '/proc'): string {
  try {
    return readFileSync(join(proc, 'sys/kernel/random/boot_id'), 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}

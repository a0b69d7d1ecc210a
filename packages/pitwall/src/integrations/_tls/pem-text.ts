import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PitwallError, reasonOf } from '../../errors.ts';

/**
 * The text of a certificate or key that an option gives, as PEM itself or as the name of a file.
 * @param directory what a relative name is relative to
 * @throws PitwallError CONFIG_UNREADABLE when the file cannot be read
 */
export async function pemText(pem: string | undefined, directory: string): Promise<string | undefined> {
  if (pem === undefined || pem.includes('-----BEGIN')) return pem;
  const file = resolve(directory, pem);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { PitwallError, reasonOf } from '../../errors.ts';
import type { PostgresqlOptions } from './options.ts';

/**
 * In the words of Node's `tls.connect`: PEM text where the options name files, relative to `directory`. The certificate is
 * checked unless the options say otherwise.
 * @throws PitwallError CONFIG_UNREADABLE
 */
export async function tlsSettings({ tls }: PostgresqlOptions, directory: string): Promise<ConnectionOptions | false> {
  if (tls === null) return false;
  const [ca, cert, key] = await Promise.all([tls.ca, tls.cert, tls.key].map((pem) => pemText(pem, directory)));
  return {
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
  };
}

async function pemText(pem: string | undefined, directory: string): Promise<string | undefined> {
  if (pem === undefined || pem.includes('-----BEGIN')) return pem;
  const file = resolve(directory, pem);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

import { createSecureContext } from 'node:tls';
import { PitwallError, reasonOf } from '../../errors.ts';
import type { LoadTarget } from '../../model/integration.ts';
import { pemText } from '../_tls/pem-text.ts';
import type { HttpOptions } from './options.ts';

/** How connections are secured, in the words of Node's `tls.connect`: PEM text where the options may name files. */
export type TlsMaterial = NonNullable<LoadTarget['tls']> & { readonly rejectUnauthorized: boolean };

/**
 * Reads what the options refer to; relative paths are relative to `directory`.
 * @throws PitwallError CONFIG_UNREADABLE when a file cannot be read; TLS_UNUSABLE when certificate, key and pass phrase do not fit
 */
export async function readTls({ url, tls }: HttpOptions, directory: string): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.cert, tls.key].map((pem) => pemText(pem, directory)));
  const material: TlsMaterial = {
    ...withoutPem({ tls }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  };
  try {
    createSecureContext(material);
  } catch (error) {
    throw new PitwallError('TLS_UNUSABLE', { url, reason: reasonOf(error) }, { cause: error });
  }
  return material;
}

/** What can be said without reading a file. */
export function withoutPem({ tls }: Pick<HttpOptions, 'tls'>): TlsMaterial {
  const { ca: _, cert: __, key: ___, passphrase: ____, ...rest } = tls;
  return rest;
}

import type { ConnectionOptions } from 'node:tls';
import { pemText } from '../_tls/pem-text.ts';
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

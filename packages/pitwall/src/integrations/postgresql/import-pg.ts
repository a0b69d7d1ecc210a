import { PitwallError } from '../../errors.ts';

/** The client library, on first use. @throws PitwallError POSTGRESQL_CLIENT_MISSING */
export async function importPg(): Promise<{ readonly default: typeof import('pg') }> {
  try {
    return (await import('pg')) as unknown as { default: typeof import('pg') };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new PitwallError('POSTGRESQL_CLIENT_MISSING', {}, { cause: error });
  }
}

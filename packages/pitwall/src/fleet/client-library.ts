import { PitwallError } from '../errors.ts';

interface Libraries {
  readonly pg: typeof import('pg').default;
  readonly 'pg-boss': typeof import('pg-boss');
}

const LIBRARIES: { readonly [Name in keyof Libraries]: () => Promise<Libraries[Name]> } = {
  pg: async () => (await import('pg')).default,
  'pg-boss': () => import('pg-boss'),
};

/**
 * A client library that only some installations need, on its first use.
 * @throws PitwallError SHARED_STORE_CLIENT_MISSING
 */
export async function importClient<Name extends keyof Libraries>(name: Name): Promise<Libraries[Name]> {
  try {
    return await LIBRARIES[name]();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new PitwallError('SHARED_STORE_CLIENT_MISSING', { package: name }, { cause: error });
  }
}

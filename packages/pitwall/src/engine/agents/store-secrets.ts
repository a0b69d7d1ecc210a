import { parseStoreUrl } from '../../fleet/store-url.ts';

/**
 * What must not be shown of a store: the password of its URL, or the one that the environment has for it.
 * @throws PitwallError SHARED_STORE_URL
 */
export function storeSecrets(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const { secrets } = parseStoreUrl(url);
  return [...secrets, ...(environment.PGPASSWORD ? [environment.PGPASSWORD] : [])];
}

import { Redactor } from '../config/redact.ts';
import { storeSecrets } from '../engine/agents/store-secrets.ts';
import { PitwallError } from '../errors.ts';
import type { Invocation } from './command.ts';
import { text } from './context.ts';
import { hideSecrets } from './secrets.ts';

/**
 * The store that --store names, or PITWALL_STORE: other users of a machine see the arguments of a process. From here on its
 * password is shown nowhere. `who`: what needs it, as the beginning of a sentence.
 * @throws PitwallError USAGE, SHARED_STORE_URL
 */
export function sharedStoreOf(invocation: Invocation, who: string): string {
  const store = text(invocation, 'store') ?? process.env.PITWALL_STORE;
  if (store === undefined || store === '') {
    const what = `${who} needs the store: --store postgres://HOST/DATABASE, which all machines reach, or PITWALL_STORE.`;
    throw new PitwallError('USAGE', { what, command: invocation.command });
  }
  const redactor = new Redactor();
  for (const secret of storeSecrets(store, process.env)) redactor.add(secret);
  hideSecrets(redactor);
  return store;
}

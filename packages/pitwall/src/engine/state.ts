import { join } from 'node:path';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/sqlite.ts';

/** The store of a configuration. Creates it on first use; throws the STORE_… errors. */
export function openStateStore(config: Config): Promise<Store> {
  return openStore(config.stateDirectory);
}

/** Where originals too big for the journal are kept. */
export function keepDirectory(config: Config): string {
  return join(config.stateDirectory, 'originals');
}

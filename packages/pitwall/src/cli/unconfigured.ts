import { existsSync } from 'node:fs';
import type { Invocation } from './command.ts';
import { text } from './context.ts';

/** Whether a configuration is named, by file or by flags, or lies here. */
export function isConfigured(invocation: Invocation): boolean {
  const named = ['config', 'url', 'sqlite'].some((name) => text(invocation, name) !== undefined);
  return named || existsSync('pitwall.yaml');
}

/** As if --url had been given, where no configuration is named and none lies here. */
export function withUrl(invocation: Invocation, url: string): Invocation {
  return isConfigured(invocation) ? invocation : { ...invocation, values: { ...invocation.values, url } };
}

/**
 * For commands that only read the store: what `pitwall load --url …` has kept in this folder is found again without saying which
 * service it was. Nothing is sent to the URL that stands in for it.
 */
export function withStoreHere(invocation: Invocation): Invocation {
  return existsSync('.pitwall') ? withUrl(invocation, 'http://127.0.0.1') : invocation;
}

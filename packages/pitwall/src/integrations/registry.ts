import { PitwallError } from '../errors.ts';
import type { AnyIntegration } from '../model/integration.ts';
import { discoverIntegrations } from './discover.ts';

const found = discoverIntegrations();

/** Ids of all integrations, sorted. Imports none of them. */
export function integrationIds(): readonly string[] {
  return [...found.keys()];
}

/** Imports one integration on first use. Throws INTEGRATION_UNKNOWN. */
export async function loadIntegration(id: string): Promise<AnyIntegration> {
  const load = found.get(id);
  if (!load) throw new PitwallError('INTEGRATION_UNKNOWN', { id, known: integrationIds().join(', ') });
  return load();
}

/** All integrations, for `list`, documentation, schemas and the conformance tests. */
export async function loadAllIntegrations(): Promise<readonly AnyIntegration[]> {
  return Promise.all(integrationIds().map(loadIntegration));
}

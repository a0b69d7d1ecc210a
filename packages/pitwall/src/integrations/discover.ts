import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyIntegration } from '../model/integration.ts';

/**
 * Finds the integrations by looking at this folder: a sub-folder with an `index.ts` is one (`_…` are shared helpers).
 * The bundle has no folder to look at, so scripts/build.ts replaces this module by the same map written out.
 */
export function discoverIntegrations(): ReadonlyMap<string, () => Promise<AnyIntegration>> {
  const here = import.meta.dirname;
  const found = new Map<string, () => Promise<AnyIntegration>>();
  for (const entry of readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith('_')) continue;
    const file = join(here, entry.name, 'index.ts');
    if (!existsSync(file)) continue;
    found.set(entry.name, async () => ((await import(file)) as { default: AnyIntegration }).default);
  }
  return found;
}

import type { AutovacuumFact, TableFact } from '../facts/schema.ts';

/** A table's storage parameter, or the server's setting. */
export function tableSetting(table: TableFact, option: string, server: number): number {
  const own = table.options[option];
  return own === undefined ? server : Number(own);
}

/** Why autovacuum never comes, as the end of a sentence; null when it does. */
export function whyNoAutovacuum(table: TableFact, settings: AutovacuumFact): string | null {
  if (!settings.enabled) return 'autovacuum is off';
  const own = table.options.autovacuum_enabled;
  return own !== undefined && /^(f|false|off|no|n|0)$/i.test(own) ? 'autovacuum is off for it' : null;
}

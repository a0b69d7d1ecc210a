import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts.ts';

/** Of a connection that says nothing. https://sqlite.org/pragma.html#pragma_wal_autocheckpoint */
export const DEFAULT_PAGES = 1000;

interface Autocheckpoint {
  /** After so many pages of log somebody checkpoints; null: nobody who told does. */
  readonly pages: number | null;
  /** False: the application did not tell, and `pages` is SQLite's default. */
  readonly told: boolean;
}

/**
 * When the log is checkpointed by what the application's connections told. Whoever commits last decides, so with several that
 * write the largest of their values is what the log may have to reach. Connections that only read never checkpoint.
 */
export function autocheckpointOf(view: Pick<RuleView, 'facts'>): Autocheckpoint {
  const told = [...factsOf(view, 'sqlite.connection').values()].flatMap(
    ({ wal_autocheckpoint: pages, query_only: readsOnly }) => (pages === undefined || readsOnly === 1 ? [] : pages),
  );
  if (told.length === 0) return { pages: DEFAULT_PAGES, told: false };
  const most = Math.max(...told);
  return { pages: most > 0 ? most : null, told: true };
}

import type { Migration } from '../sqlite/migrate.ts';

/** What a later run goes on from. */
export const kept: Migration = {
  version: 2,
  name: 'kept',
  sql: `
    CREATE TABLE kept (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};

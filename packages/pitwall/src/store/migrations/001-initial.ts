import type { Migration } from '../sqlite/migrate.ts';

/**
 * Generic tables: no column knows a technology. Whole documents are JSON; columns beside them are what is searched by.
 * Everything of a run hangs on `run` and goes with it; the journal and the statuses of recommendations outlive runs.
 */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  sql: `
    CREATE TABLE runs (
      sequence INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      command TEXT NOT NULL,
      service TEXT NOT NULL,
      started_at TEXT NOT NULL,
      finished_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started_at);

    CREATE TABLE baselines (
      sequence INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX baselines_by_run ON baselines (run);

    CREATE TABLE reports (
      run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
      json TEXT NOT NULL
    ) STRICT;

    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      target TEXT NOT NULL,
      name TEXT NOT NULL,
      labels TEXT NOT NULL,
      UNIQUE (target, name, labels)
    ) STRICT;
    CREATE TABLE samples (
      series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
      start INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      count INTEGER NOT NULL,
      sum REAL NOT NULL,
      min REAL NOT NULL,
      max REAL NOT NULL,
      histogram BLOB,
      PRIMARY KEY (series, start, run)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX samples_by_run ON samples (run);

    CREATE TABLE facts (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      target TEXT NOT NULL,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL
    ) STRICT;
    CREATE INDEX facts_by_run ON facts (run);

    CREATE TABLE findings (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      rule TEXT NOT NULL,
      target TEXT NOT NULL,
      subject TEXT NOT NULL,
      severity TEXT NOT NULL,
      json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX findings_by_run ON findings (run);

    CREATE TABLE recommendations (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      recommendation TEXT NOT NULL,
      target TEXT NOT NULL,
      json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX recommendations_by_run ON recommendations (run);
    CREATE TABLE recommendation_statuses (
      recommendation TEXT PRIMARY KEY,
      status TEXT NOT NULL,
      because TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE outcomes (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      journal TEXT NOT NULL,
      verdict TEXT NOT NULL,
      decision TEXT NOT NULL,
      json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX outcomes_by_run ON outcomes (run);

    CREATE TABLE journal (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      plan TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      change TEXT NOT NULL,
      connection TEXT NOT NULL,
      integration TEXT NOT NULL,
      original TEXT NOT NULL,
      written TEXT,
      state TEXT NOT NULL,
      boot TEXT NOT NULL,
      pid INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      because TEXT
    ) STRICT;
    CREATE INDEX journal_by_state ON journal (state);
  `,
};

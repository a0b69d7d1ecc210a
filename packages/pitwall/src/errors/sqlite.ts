import { type ErrorDefinition, EXIT } from './definition.ts';

/** SQLite. */
export const sqlite = {
  SQLITE_MISSING: {
    exit: EXIT.unmeasurable,
    sentence: 'There is no database at {path}.',
    hint: 'Check `path`; relative paths start at the configuration file. Pitwall never creates a database.',
  },
  SQLITE_NOT_A_FILE: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is not a file.',
    hint: 'Name the database file itself, not its folder.',
  },
  SQLITE_NOT_A_DATABASE: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is not an SQLite database, or it is encrypted.',
    hint: 'Check `path`. Encrypted databases (SQLCipher, SEE) cannot be read without their key.',
  },
  SQLITE_FORMAT: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is in a format that this SQLite is too old for ({reason}).',
    hint: 'A newer SQLite wrote it; use a newer Node.js for Pitwall.',
  },
  SQLITE_CORRUPT: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is damaged: {reason}.',
    hint: 'Run `PRAGMA integrity_check` on a copy, and restore a backup or use `.recover` of the sqlite3 shell.',
  },
  SQLITE_LOCKED: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is locked by another process.',
    hint: 'Try again when it is less busy, raise `busyTimeout`, or find who keeps a transaction open.',
  },
  SQLITE_DENIED: {
    exit: EXIT.unmeasurable,
    sentence: 'No permission to open {path}: {reason}.',
    hint: 'Run as a user that may read the file and its folder (and write them, for changes).',
  },
  SQLITE_CLONE: {
    exit: EXIT.unmeasurable,
    sentence: 'No clone of the schema of {path} could be made: {reason}.',
    hint: 'The planner is asked about indexes on a clone in memory. Check that the schema opens in the sqlite3 shell (`.schema`).',
  },
  SQLITE_EXPLAIN: {
    exit: EXIT.usage,
    sentence: 'The statement has no plan: {reason}.',
    hint: 'Give one statement as SQLite takes it; names are those of this database.',
  },
  SQLITE_HOT_JOURNAL: {
    exit: EXIT.unmeasurable,
    sentence: '{path} was left in the middle of a transaction by a crash, and only a writer may repair that.',
    hint: 'Start the service (opening the database rolls the transaction back), then try again.',
  },
  SQLITE_WAL_UNREADABLE: {
    exit: EXIT.unmeasurable,
    sentence: '{path} is in WAL mode and its -wal and -shm files can be neither opened nor made.',
    hint: 'Run while the service has it open, or as a user that may write its folder.',
  },
  SQLITE_QUERY_PROCESS: {
    exit: EXIT.unmeasurable,
    sentence: 'The process that times queries could not be started: {reason}.',
    hint: 'Check the limits on processes and memory (`ulimit -u`, the cgroup).',
  },
  SQLITE_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: '{path}: SQLite reports: {reason}.',
    hint: 'Please report this as a bug if the database works otherwise.',
  },
} as const satisfies Record<string, ErrorDefinition>;

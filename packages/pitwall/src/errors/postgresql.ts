import { type ErrorDefinition, EXIT } from './definition.ts';

/** PostgreSQL. */
export const postgresql = {
  POSTGRESQL_CLIENT_MISSING: {
    exit: EXIT.usage,
    sentence: 'PostgreSQL needs the package pg, which is not installed.',
    hint: 'Install it beside Pitwall: `npm install pg` (with `-g` where Pitwall was installed so).',
  },
  POSTGRESQL_PARSER_MISSING: {
    exit: EXIT.usage,
    sentence: 'To understand statements of PostgreSQL, Pitwall needs the package libpg-query, which is not installed.',
    hint: 'Install it beside Pitwall: `npm install libpg-query` (with `-g` where Pitwall was installed so).',
  },
  POSTGRESQL_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot reach the database {database}: {reason}.',
    hint: 'Check that the server runs, and that host, port and `tls` are right.',
  },
  POSTGRESQL_REFUSED: {
    exit: EXIT.unmeasurable,
    sentence: 'The database {database} does not let us in: {reason}.',
    hint: 'Check user and password (in the URL, `user` and `password`, PGPASSWORD or ~/.pgpass), and what pg_hba.conf of the server allows.',
  },
  POSTGRESQL_NO_DATABASE: {
    exit: EXIT.unmeasurable,
    sentence: 'There is no such database: {reason} ({database}).',
    hint: 'Check the name behind the last / of the URL, or `database`. `psql -l` lists those that the server has.',
  },
  POSTGRESQL_NO_RIGHT: {
    exit: EXIT.unmeasurable,
    sentence: 'The role lacks a right in {database}: {reason}.',
    hint: 'Grant it what it reads: the database (GRANT CONNECT ON DATABASE … TO it), statistics (GRANT pg_monitor TO it), and the tables that the statements name (GRANT USAGE ON SCHEMA … and SELECT ON … TO it, or pg_read_all_data from version 14 on).',
  },
  POSTGRESQL_SLOW: {
    exit: EXIT.unmeasurable,
    sentence: 'The database {database} did not answer a question about itself in time: {reason}.',
    hint: 'It is overloaded, or waits for a lock. `statementTimeout` says how long Pitwall waits.',
  },
  POSTGRESQL_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: 'The database {database} reports: {reason}.',
    hint: 'Please report this as a bug if the database works otherwise. Versions from 13 on are supported.',
  },
  POSTGRESQL_NOT_EXPLAINED: {
    exit: EXIT.usage,
    sentence: 'The statement has no plan to show: {reason}.',
    hint: '{hint}',
  },
  POSTGRESQL_NOT_PLANNED: {
    exit: EXIT.usage,
    sentence: 'The server does not plan the statement: {reason}.',
    hint: '{hint}',
  },
  POSTGRESQL_NO_WHAT_IF: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot ask {database} what an index would do: {reason}.',
    hint: '{todo}, or name a restored copy of the database in pitwall.yaml, among the options of its target: `copy: { url: … }`; `allowCopy: true` there lets one be made on the same server. Where there is no such file, `pitwall init` with the URL of the service writes one; for the database alone two lines are enough, `version: 1` and `targets: { db: { integration: postgresql, url: "…", copy: { url: "…" } } }`.',
  },
} as const satisfies Record<string, ErrorDefinition>;

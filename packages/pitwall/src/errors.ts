/**
 * The error table: every failure that Pitwall knows of, in one place. A known error is one sentence and a hint, never a
 * stack. docs/reference/errors.md is generated from here. Codes are a public contract: retire one, never reuse it.
 */

export const EXIT = {
  ok: 0,
  /** An objective is critical (with --strict also warning), or a comparison is worse. */
  critical: 1,
  /** Usage or configuration error. */
  usage: 2,
  /** Nothing could be measured: unreachable, or the run was invalid. */
  unmeasurable: 3,
  /** A change was refused or rolled back. */
  refused: 4,
  /** A bug in Pitwall. */
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface ErrorDefinition {
  readonly exit: ExitCode;
  /** `{name}` is filled from the details. One sentence. */
  readonly sentence: string;
  readonly hint: string;
}

export const ERRORS = {
  // Usage and configuration
  USAGE: { exit: EXIT.usage, sentence: '{what}', hint: 'See `pitwall {command} --help`.' },
  USAGE_COMMAND: { exit: EXIT.usage, sentence: '{what}', hint: '`pitwall --help` lists the commands.' },
  CONFIG_NOT_FOUND: {
    exit: EXIT.usage,
    sentence: 'There is no configuration file at {file}.',
    hint: 'Write one with `pitwall init URL`, name one with --config, or measure without: `pitwall check --url URL`.',
  },
  CONFIG_UNREADABLE: {
    exit: EXIT.usage,
    sentence: 'Cannot read {file}: {reason}.',
    hint: 'Check the path and its permissions.',
  },
  CONFIG_SYNTAX: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: not valid YAML: {reason}.',
    hint: 'Indentation is by spaces; quote values that contain ": " or start with a special character.',
  },
  CONFIG_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: {key}: {problem}.',
    hint: 'docs/CONTRACTS.md describes the file; `pitwall schema config` prints its JSON Schema for editors.',
  },
  CONFIG_SECRET_MISSING: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: {key}: the secret {reference} cannot be read: {reason}.',
    hint: 'Set the environment variable or create the file; nothing is read from anywhere else.',
  },
  CONNECTION_UNRESOLVED: {
    exit: EXIT.refused,
    sentence: 'The connection that was recorded with a change cannot be made again: {problem}.',
    hint: 'Provide the secrets that the change was made with, then run `pitwall recover` again.',
  },
  INTEGRATION_UNKNOWN: { exit: EXIT.usage, sentence: 'There is no integration called {id}.', hint: 'Known: {known}.' },
  // Measuring
  UNMEASURED: {
    exit: EXIT.unmeasurable,
    sentence: '{target} could not be measured: {reason}.',
    hint: '{hint}',
  },
  TARGET_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot measure {target}: {reason}.',
    hint: 'Check that the service runs, and that scheme, host and port are right.',
  },
  COLLECTOR_TIMEOUT: {
    exit: EXIT.unmeasurable,
    sentence: '{collector} gave no answer within {seconds} s.',
    hint: 'The target may hang; raise the time limit in the configuration if it is only slow.',
  },
  COLLECTOR_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: '{collector} failed: {reason}.',
    hint: 'Please report this as a bug if it persists.',
  },
  // Load
  LOAD_OPTIONS_INVALID: {
    exit: EXIT.usage,
    sentence: 'This load cannot be run: {problem}.',
    hint: 'See `pitwall load --help`, or `load:` in pitwall.yaml.',
  },
  LOAD_NOT_ALLOWED: {
    exit: EXIT.usage,
    sentence: '{host} is not this host, and no load is sent to other hosts unless they are named as allowed.',
    hint: 'Allow it only when you answer for that host.',
  },
  LOAD_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'No load could be sent to {url}: {reason}.',
    hint: 'Check that the service runs, and that scheme, host and port are right.',
  },
  // Changing
  PLAN_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}: {key}: {problem}.',
    hint: 'Write a fresh one with `pitwall plan -o FILE`; docs/CONTRACTS.md describes the file.',
  },
  LOCKED: {
    exit: EXIT.refused,
    sentence: 'Another pitwall is changing something on this host: {holder}.',
    hint: 'Wait until it has finished. The lock ends with its process, so there is never a stale one to delete.',
  },
  LOCK_UNAVAILABLE: {
    exit: EXIT.refused,
    sentence: 'Nothing was changed, because the lock in {directory} cannot be taken: {reason}.',
    hint: 'Check that the folder can be written to and that its disk is not full.',
  },
  DRIFT: {
    exit: EXIT.refused,
    sentence: '{subject} is no longer what it was when the plan was made: {difference}.',
    hint: 'Make a new plan; this one was not applied.',
  },
  NOTHING_TO_DO: {
    exit: EXIT.refused,
    sentence: '{subject} already is what the plan asks for.',
    hint: 'Take it out of the plan, or make a new plan.',
  },
  RESTART_NOT_ALLOWED: {
    exit: EXIT.refused,
    sentence: '{subject} needs a restart: {reason}.',
    hint: 'Allow it with --allow-restart, and configure service.stop and service.start.',
  },
  NOT_APPLIED: {
    exit: EXIT.refused,
    sentence: '{change} was not applied: {reason}.',
    hint: '{hint}',
  },
  CHANGE_REFUSED: { exit: EXIT.refused, sentence: '{subject}: {reason}.', hint: 'Nothing was changed.' },
  TARGET_LOCKED: {
    exit: EXIT.refused,
    sentence: '{path} is locked by another connection, and stayed so for {seconds} s{holders}.',
    hint: 'Try again when it is less busy, or end the transaction that holds the lock.',
  },
  TARGET_IN_USE: {
    exit: EXIT.refused,
    sentence: '{path} is open elsewhere ({holders}), and {action} needs it alone.',
    hint: 'Stop what uses it, or configure service.stop and service.start and use --allow-restart.',
  },
  CHANGE_FAILED: {
    exit: EXIT.refused,
    sentence: '{subject} could not be changed: {reason}.',
    hint: 'It is as it was before; `pitwall history` shows what was done.',
  },
  UNDO_BLOCKED: {
    exit: EXIT.refused,
    sentence: '{id} cannot be taken back now: {reason}.',
    hint: 'Remove the cause, then run `pitwall recover`: the original is safe in the journal.',
  },
  ORIGINAL_NEEDED: {
    exit: EXIT.refused,
    sentence: '{path} fails its check: {reason}.',
    hint: 'Stop what uses it and restore the copy, or a backup of your own; Pitwall changes and deletes nothing more of it.',
  },
  JOURNAL_FAILED: {
    exit: EXIT.refused,
    sentence: 'The journal cannot be written ({reason}), so {consequence}.',
    hint: 'Make room on the disk of the state folder; then run `pitwall recover`.',
  },
  SERVICE_CONTROL_FAILED: {
    exit: EXIT.refused,
    sentence: 'The command to {action} the service failed: {reason}.',
    hint: 'Check service.{action} in pitwall.yaml, and whether the service is running now.',
  },
  RUN_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'There is no saved run {reference}.',
    hint: '`pitwall history` lists them.',
  },
  SERVICE_UNHEALTHY: {
    exit: EXIT.refused,
    sentence: 'The service is not healthy: {reason}.',
    hint: 'Look at its own log. What was under way has been taken back where that was possible.',
  },
  DEMO_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: 'The demo cannot run: {reason}.',
    hint: 'The example is in examples/vending; its log is vending.log in the demo folder.',
  },
  LOAD_INVALID: {
    exit: EXIT.unmeasurable,
    sentence: 'The load is not valid, so its numbers judge nothing: {reason}',
    hint: 'Use fewer users or a lower rate, more workers, or a quieter machine for the generator.',
  },
  // Reports
  REPORT_NOT_JSON: {
    exit: EXIT.usage,
    sentence: 'This is not a report: it is not JSON: {reason}.',
    hint: 'Give the file that `--out report.json` or `--json` wrote.',
  },
  REPORT_INVALID: {
    exit: EXIT.usage,
    sentence: 'This is not a report: {key}: {problem}.',
    hint: 'Give the file that `--out report.json` or `--json` wrote; schema/report-1.schema.json describes it.',
  },
  REPORT_NEWER: {
    exit: EXIT.usage,
    sentence: 'This report has schema version {version}; this Pitwall reads up to version {supported}.',
    hint: 'Read it with the Pitwall that wrote it, or a newer one.',
  },
  // Store
  STORE_DAMAGED: {
    exit: EXIT.usage,
    sentence: 'The store {file} is damaged or not a Pitwall store: {reason}.',
    hint: 'It was left as it is. Restore a copy, or move it away and Pitwall begins a new one; keep it as long as it may record changes that are not taken back.',
  },
  STORE_NEWER: {
    exit: EXIT.usage,
    sentence: 'The store {file} has version {version}; this Pitwall knows versions up to {known}.',
    hint: 'It was left as it is. Update Pitwall, or name another folder with `state:` in the configuration.',
  },
  STORE_UNWRITABLE: {
    exit: EXIT.usage,
    sentence: 'The store {file} cannot be read and written: {reason}.',
    hint: 'Check the owner and the permissions of the file and its folder, or name another folder with `state:` in the configuration.',
  },
  STATE_FOLDER_UNSAFE: {
    exit: EXIT.usage,
    sentence: 'The state folder {directory} {problem}.',
    hint: 'It holds what is run to take changes back: `chmod go-w {directory}` after a look at what is in it, or name another folder with `state:` in the configuration.',
  },
  STORE_FULL: {
    exit: EXIT.refused,
    sentence: 'The store {file} cannot grow, so nothing was recorded: {reason}.',
    hint: 'Free disk space (or raise the quota or file-size limit) and try again; what was stored before is intact.',
  },
  STORE_BUSY: {
    exit: EXIT.refused,
    sentence: 'The store {file} is kept locked by another process: {reason}.',
    hint: 'Wait until the other pitwall has finished; `fuser {file}` names the process that has it open.',
  },
  STORE_EXISTS: {
    exit: EXIT.refused,
    sentence: 'The store already has {what}.',
    hint: 'Each is recorded once; make a new plan with `pitwall plan`.',
  },
  STORE_MISSING: { exit: EXIT.usage, sentence: 'The store has no {what}.', hint: 'See `pitwall history`.' },
  STORE_AMBIGUOUS: {
    exit: EXIT.usage,
    sentence: '{reference} could be several runs: {candidates}.',
    hint: 'Give more characters of the id.',
  },
  BASELINE_NAME: {
    exit: EXIT.usage,
    sentence: '"{name}" cannot be the name of a baseline.',
    hint: 'A name has 1 to 100 printable characters and is not `latest`.',
  },
  // SQLite
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
  FILE_UNWRITABLE: {
    exit: EXIT.usage,
    sentence: 'Cannot write {file}: {reason}.',
    hint: 'Check the folder, its permissions and free space.',
  },
  OBSERVATION_INVALID: {
    exit: EXIT.usage,
    sentence: '{file} is not a saved observation: {reason}.',
    hint: 'Write one with `pitwall check --save-observation FILE`.',
  },
  LOAD_TARGET_UNCLEAR: {
    exit: EXIT.usage,
    sentence: 'The load could go to {targets}.',
    hint: 'Name one in the configuration: `load: { target: … }`.',
  },
  LOAD_TARGET_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'load.target names {target}, and no target of that name can be loaded.',
    hint: 'It has to be the id of a target with the http integration.',
  },
  LOAD_NOTHING_TO_REQUEST: {
    exit: EXIT.usage,
    sentence: 'There is nothing to request for the load.',
    hint: 'Give the http target endpoints, or list them under `load: { endpoints: … }`.',
  },
  INTERRUPTED: { exit: EXIT.interrupted, sentence: 'Interrupted.', hint: 'What was under way has been taken back.' },
  PROCESS_NOT_FOUND: {
    exit: EXIT.unmeasurable,
    sentence: 'The processes of the service cannot be found: {reason}.',
    hint: 'Check that the service runs; processes of other users can only be inspected by root.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure from the table, with its details filled in. `details` must never contain a secret. */
export class PitwallError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: ExitCode;
  /** Further problems of the same kind, one sentence each (a configuration is reported whole, not problem by problem). */
  readonly also: readonly string[];

  constructor(
    code: ErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    options?: { cause?: unknown; also?: readonly string[] },
  ) {
    const definition = ERRORS[code];
    super(fill(definition.sentence, details), options);
    this.name = 'PitwallError';
    this.code = code;
    this.hint = fill(definition.hint, details);
    this.exitCode = definition.exit;
    this.also = options?.also ?? [];
  }
}

/** Values come from configuration, network answers and files: control characters would let them write to the terminal. */
function fill(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => printable(String(details[name] ?? `{${name}}`)));
}

/** Characters that reorder or hide their neighbours: bidirectional controls, zero-width, tags. ZWJ stays: emoji need it. */
export const DECEPTIVE =
  /[\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** One line, no control or deceptive characters, at most 300 characters: safe to print whatever it came from. */
export function printable(text: string): string {
  const clean = text
    .replace(DECEPTIVE, '')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
  return clean.length > 300 ? `${clean.slice(0, 299)}…` : clean;
}

/** The message of anything thrown, as one printable line without a trailing full stop (it ends up inside a sentence). */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text).replace(/\.$/, '');
}

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
  INTEGRATION_UNKNOWN: { exit: EXIT.usage, sentence: 'There is no integration called {id}.', hint: 'Known: {known}.' },
  // Measuring
  NOTHING_MEASURED: {
    exit: EXIT.unmeasurable,
    sentence: 'Nothing could be measured: {reason}.',
    hint: 'Check that the service runs and that the addresses and paths in the configuration are right.',
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
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure from the table, with its details filled in. `details` must never contain a secret. */
export class PitwallError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(code: ErrorCode, details: Readonly<Record<string, string | number>> = {}, options?: { cause?: unknown }) {
    const definition = ERRORS[code];
    super(fill(definition.sentence, details), options);
    this.name = 'PitwallError';
    this.code = code;
    this.hint = fill(definition.hint, details);
    this.exitCode = definition.exit;
  }
}

/** Values come from configuration, network answers and files: control characters would let them write to the terminal. */
function fill(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => printable(String(details[name] ?? `{${name}}`)));
}

/** One line, no control characters, at most 300 characters: safe to print whatever it came from. */
export function printable(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length > 300 ? `${clean.slice(0, 299)}…` : clean;
}

/** The message of anything thrown, as one printable line without a trailing full stop (it ends up inside a sentence). */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text).replace(/\.$/, '');
}

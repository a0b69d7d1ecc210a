import { changing } from './errors/changing.ts';
import { comparing } from './errors/comparing.ts';
import { databases } from './errors/databases.ts';
import type { ErrorDefinition, ExitCode } from './errors/definition.ts';
import { fleet } from './errors/fleet.ts';
import { imports } from './errors/imports.ts';
import { load } from './errors/load.ts';
import { measuring } from './errors/measuring.ts';
import { postgresql } from './errors/postgresql.ts';
import { report } from './errors/report.ts';
import { sqlite } from './errors/sqlite.ts';
import { store } from './errors/store.ts';
import { usage } from './errors/usage.ts';

/**
 * The error table: every failure that Pitwall knows of, in one place. A known error is one sentence and a hint, never a
 * stack. docs/reference/errors.md is generated from here. Codes are a public contract: retire one, never reuse it.
 */
export { EXIT, type ExitCode } from './errors/definition.ts';

export const ERRORS = {
  ...usage,
  ...measuring,
  ...load,
  ...imports,
  ...fleet,
  ...changing,
  ...comparing,
  ...report,
  ...store,
  ...sqlite,
  ...postgresql,
  ...databases,
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
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => printable(String(details[name] ?? `{${name}}`)));
  // A detail may be a question: "did you mean peak?" ends the sentence itself.
  return filled.replace(/\?\.$/, '?');
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

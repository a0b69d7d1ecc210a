/** Exit codes and what an entry of the error table is. See errors.ts. */

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

export interface ErrorDefinition {
  readonly exit: ExitCode;
  /** `{name}` is filled from the details. One sentence. */
  readonly sentence: string;
  readonly hint: string;
}

import type { ExitCode } from '../errors.ts';

/** One flag of a command. `value` names its argument in the help; without it the flag is a switch. */
export interface OptionSpec {
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
  /** Begins a group of flags in the help: the line above it, which also says what the group is for. */
  readonly heading?: string;
  /** May be given several times. */
  readonly multiple?: true;
}

export interface Invocation {
  /** Name of the command. */
  readonly command: string;
  readonly values: Readonly<Record<string, string | boolean | string[] | undefined>>;
  readonly positionals: readonly string[];
  /** Aborted by Ctrl-C or SIGTERM, with an INTERRUPTED error as its reason. */
  readonly signal: AbortSignal;
}

/** A command: its help is data, so that `--help`, docs and tests read the same thing. */
export interface Command {
  readonly name: string;
  /** What follows the name on the usage line. */
  readonly positionals: string;
  readonly minPositionals: number;
  readonly maxPositionals: number;
  readonly description: string;
  /** Of a form: one line for the page of its command. */
  readonly summary?: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What its first argument may be, each with a page of its own; `options` are those of the command without one of them. */
  readonly forms?: readonly Command[];
  /** Common flags that would do nothing here, and why, as the end of a sentence: they are refused instead of ignored. */
  readonly without?: Readonly<Record<string, string>>;
}

/** What a command does; in a module of its own, so that help does not wait for what only a run needs. */
export type Run = (invocation: Invocation) => Promise<ExitCode>;

/** Flags that every command understands. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: { value: 'FILE', short: 'c', help: 'configuration file (default pitwall.yaml)' },
  json: { help: "the command's JSON on stdout, and nothing else there" },
  out: {
    value: 'FILE',
    short: 'o',
    multiple: true,
    help: 'also write to FILE, by its ending: .json, .md, .html, .csv, .xml (JUnit), .prom, .om (OpenMetrics), .hlog (HdrHistogram)',
  },
  quiet: { short: 'q', help: 'no progress on stderr' },
  'no-color': { help: 'no colours (also: NO_COLOR=1, or output that is not a terminal)' },
  help: { short: 'h', help: 'this text' },
};

/**
 * The same of commands that only look at saved runs: what `pitwall load --url …` left in this folder is found with the flags
 * that it was made with, and nothing is sent.
 */
export const SAVED_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: 'URL', help: 'without a configuration file: the runs that were saved in this folder; nothing is sent' },
  sqlite: { value: 'FILE', help: 'the same for runs of check --sqlite' },
  endpoint: { value: 'PATH', multiple: true, help: 'beside --url as in load and check; it changes nothing here' },
};

/** Flags with which a command works without a configuration file. */
export const TARGET_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: 'URL', help: 'measure this service without a configuration file' },
  sqlite: { value: 'FILE', help: 'with --url or alone: also this SQLite database' },
  endpoint: { value: 'PATH', multiple: true, help: 'with --url: request this path (default /)' },
};

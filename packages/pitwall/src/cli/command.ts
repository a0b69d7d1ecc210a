import type { ExitCode } from '../errors.ts';

/** One flag of a command. `value` names its argument in the help; without it the flag is a switch. */
export interface OptionSpec {
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
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
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly options: Readonly<Record<string, OptionSpec>>;
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

/** Flags with which a command works without a configuration file. */
export const TARGET_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: 'URL', help: 'measure this service without a configuration file' },
  sqlite: { value: 'FILE', help: 'with --url or alone: also this SQLite database' },
  endpoint: { value: 'PATH', multiple: true, help: 'with --url: request this path (default /)' },
};

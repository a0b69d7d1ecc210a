/** A value that SQLite can be given. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array;

/** Where a value stands in a call: its place from 1, or its name; and the statement's text. */
export interface ValuePlace {
  readonly parameter: number | string;
  readonly text: string;
}

/** What a statement was asked for by. */
export interface RequestName {
  /** `GET /orders/:id`: alike for all requests of one kind. */
  readonly endpoint: string;
  /** Tells requests apart. Absent: its statements are not tied to each other, and no loop can be proven. */
  readonly request?: string;
}

/** What node:sqlite's `DatabaseSync` and better-sqlite3's `Database` have in common here. Neither is imported. */
export interface LoggableDatabase {
  prepare(sql: string): object;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface StatementLogOptions {
  /** JSON lines are appended to it; made with mode 0600, as is its folder with 0700. Processes and threads may share it. */
  readonly file: string;
  /**
   * Of how many calls of one text one has its parameters written; the first three always have them. 1: all, 0: none.
   * Default 20. A file has at most 200 sets of a text, and none that is longer than 4,000 characters.
   */
  readonly sample?: number;
  /**
   * `true`: no parameters, and constants and comments in texts are left out. A function: what is written instead of a parameter;
   * texts stay as they are. Default: nothing is redacted.
   */
  readonly redact?: boolean | ((value: SqlValue, place: ValuePlace) => SqlValue);
  /** A file that has reached so many bytes is renamed to `file.1`. Default 16 MiB; 64 KiB or more. */
  readonly maxBytes?: number;
  /** Renamed files that are kept besides. Default 4; 1 to 99. */
  readonly files?: number;
  /** Who asks, where neither `withEndpoint` nor `requestEndpoint` says. */
  readonly endpoint?: () => RequestName | string | null | undefined;
  /** Seconds between writes. Default 0.5. */
  readonly interval?: number;
  /**
   * When calls come faster than they can be written: `drop` leaves them out and counts them. `wait` writes at once, which is right
   * for scripts that never give way to the event loop. Default `drop`.
   */
  readonly whenFull?: 'drop' | 'wait';
}

export interface StatementLog {
  /** Calls that are not in the log, because they came too fast or the file cannot be written. */
  readonly dropped: number;
  /** Why the file cannot be written; null: it can, as far as was seen. */
  readonly problem: string | null;
  /** Resolves when all calls up to now are in the file, or dropped. Never rejects. */
  flush(): Promise<void>;
  /**
   * Ends the log: the database has its own methods again at once, and statements that were prepared before theirs with their next
   * call. What is still to be written is written. May be called twice.
   */
  stop(): void;
  [Symbol.dispose](): void;
}

/** With all defaults. */
export interface Settings extends Required<Omit<StatementLogOptions, 'endpoint'>> {
  readonly endpoint: StatementLogOptions['endpoint'] | undefined;
}

/** @throws RangeError, TypeError for what is not in range: mistakes of the caller show at once */
export function settingsOf(options: StatementLogOptions): Settings {
  const { file, sample = 20, redact = false, maxBytes = 16 * 2 ** 20, files = 4, endpoint, interval = 0.5 } = options;
  const { whenFull = 'drop' } = options;
  if (typeof file !== 'string' || file === '' || file.includes('\0')) throw new TypeError('file has to be a path');
  whole('sample', sample, 0, 1e9);
  whole('maxBytes', maxBytes, 65_536, 2 ** 40);
  whole('files', files, 1, 99);
  if (!(interval >= 0.01 && interval <= 3600)) throw new RangeError('interval has to be between 0.01 and 3600 seconds');
  if (whenFull !== 'drop' && whenFull !== 'wait') throw new RangeError('whenFull has to be drop or wait');
  if (typeof redact !== 'boolean' && typeof redact !== 'function') {
    throw new TypeError('redact has to be true, false or a function');
  }
  if (endpoint !== undefined && typeof endpoint !== 'function') throw new TypeError('endpoint has to be a function');
  return { file, sample, redact, maxBytes, files, endpoint, interval, whenFull };
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} has to be a whole number between ${low} and ${high}`);
  }
}

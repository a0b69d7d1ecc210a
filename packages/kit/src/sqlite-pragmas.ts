/**
 * SQLite settings that live in a connection and nowhere else: no tool can set them from outside, so the application has to.
 * https://www.sqlite.org/pragma.html says of each whether it is stored in the file; none of these is.
 */
export interface ConnectionPragmas {
  /** `normal` in WAL mode cannot corrupt the file, but may lose the last commits on a power cut. */
  readonly synchronous?: 'off' | 'normal' | 'full' | 'extra';
  /** Page cache of this connection in bytes, 64 KiB or more. */
  readonly cacheBytes?: number;
  /** Seconds to wait for a lock instead of failing with SQLITE_BUSY at once (node:sqlite's default). */
  readonly busyTimeout?: number;
  /** Where temporary tables and sorters live. */
  readonly tempStore?: 'default' | 'file' | 'memory';
  /** Bytes of the file to map into memory; 0 turns it off. I/O errors then arrive as signals: only for stable files. */
  readonly mmapBytes?: number;
  readonly foreignKeys?: boolean;
}

/** What node:sqlite's DatabaseSync and better-sqlite3's Database have in common here. */
export interface PragmaConnection {
  exec(sql: string): unknown;
  prepare(sql: string): { get(): unknown };
}

export interface AppliedPragma {
  readonly name: string;
  /** As SQLite reports it after setting it. */
  readonly value: string | number;
}

const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'];
const TEMP_STORE = ['default', 'file', 'memory'];

/**
 * Sets the given pragmas on one connection and reads each back. Call it once after opening a connection, on every one.
 * Returns what is now in force. Throws RangeError for values out of range, and Error when SQLite did not take a value.
 */
export function applyPragmas(connection: PragmaConnection, pragmas: ConnectionPragmas): AppliedPragma[] {
  const wanted: [name: string, value: number][] = [];
  const { synchronous, cacheBytes, busyTimeout, tempStore, mmapBytes, foreignKeys } = pragmas;
  if (synchronous !== undefined) wanted.push(['synchronous', oneOf('synchronous', SYNCHRONOUS, synchronous)]);
  // Negative means KiB instead of pages, so the size does not depend on the page size.
  if (cacheBytes !== undefined)
    wanted.push(['cache_size', -Math.ceil(within('cacheBytes', cacheBytes, 65_536, 2 ** 40) / 1024)]);
  if (busyTimeout !== undefined)
    wanted.push(['busy_timeout', Math.round(within('busyTimeout', busyTimeout, 0, 86_400) * 1000)]);
  if (tempStore !== undefined) wanted.push(['temp_store', oneOf('tempStore', TEMP_STORE, tempStore)]);
  if (mmapBytes !== undefined) wanted.push(['mmap_size', Math.floor(within('mmapBytes', mmapBytes, 0, 2 ** 40))]);
  if (foreignKeys !== undefined) wanted.push(['foreign_keys', foreignKeys ? 1 : 0]);

  return wanted.map(([name, value]) => {
    connection.exec(`PRAGMA ${name} = ${value}`);
    const read = Object.values(
      (connection.prepare(`PRAGMA ${name}`).get() ?? {}) as Record<string, string | number>,
    )[0];
    // SQLite caps mmap_size at its compile-time limit: less than asked for is what it does, not an error.
    const taken = name === 'mmap_size' ? typeof read === 'number' && read <= value : read === value;
    if (!taken || read === undefined) throw new Error(`SQLite did not take ${name} = ${value}: it reports ${read}`);
    return { name, value: read };
  });
}

function oneOf(name: string, allowed: readonly string[], value: string): number {
  const index = allowed.indexOf(value);
  if (index === -1) throw new RangeError(`${name} has to be one of ${allowed.join(', ')}`);
  return index;
}

function within(name: string, value: number, low: number, high: number): number {
  if (!(value >= low && value <= high)) throw new RangeError(`${name} has to be between ${low} and ${high}`);
  return value;
}

import { closeSync, openSync, readSync, statSync } from 'node:fs';

interface WalFile {
  readonly bytes: number;
  /** Of frames that were written since the log was last begun anew; the rest is left over from before. Null: not readable. */
  readonly liveBytes: number | null;
}

/** Header of the file and of each frame, https://sqlite.org/fileformat2.html#the_write_ahead_log. */
const HEADER = 32;
const FRAME_HEADER = 24;

/**
 * The -wal file of a database, null when there is none. SQLite takes no locks on it, so that reading it here takes none away
 * from anybody. The salts of the header are those of the live frames, which come first.
 */
export function readWal(database: string): WalFile | null {
  const path = `${database}-wal`;
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return null;
  if (size < HEADER) return { bytes: size, liveBytes: 0 };
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return { bytes: size, liveBytes: null };
  }
  try {
    const read = (at: number, length: number) => {
      const buffer = Buffer.alloc(length);
      return readSync(descriptor, buffer, 0, length, at) === length ? buffer : null;
    };
    const header = read(0, HEADER);
    if (!header) return { bytes: size, liveBytes: null };
    const frame = header.readUInt32BE(8) + FRAME_HEADER;
    const salts = header.subarray(16, 24);
    const isLive = (i: number) => read(HEADER + i * frame + 8, 8)?.equals(salts) ?? false;
    let [live, end] = [0, Math.floor((size - HEADER) / frame)];
    while (live < end) {
      const middle = Math.floor((live + end) / 2);
      if (isLive(middle)) live = middle + 1;
      else end = middle;
    }
    return { bytes: size, liveBytes: HEADER + live * frame };
  } finally {
    closeSync(descriptor);
  }
}

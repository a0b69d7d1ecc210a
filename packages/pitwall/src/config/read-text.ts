import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { reasonOf } from '../errors.ts';

/** Why a file was not read, as the end of a sentence. */
export class UnreadableFile extends Error {
  readonly missing: boolean;

  constructor(reason: string, missing = false) {
    super(reason);
    this.name = 'UnreadableFile';
    this.missing = missing;
  }
}

/**
 * Bytes of a regular file. Never waits: opening a pipe would wait for its other end, reading a device may never end. Throws
 * UnreadableFile: there is none, no permission, no regular file, more than `mostBytes`.
 */
export function readBytes(file: string, mostBytes: number): Buffer {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) throw new UnreadableFile('there is no such file', true);
    if (!stats.isFile()) throw new UnreadableFile(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    return readBounded(file, mostBytes);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : new UnreadableFile(reasonOf(error));
  }
}

/** The same as text, without a byte order mark. Throws UnreadableFile also when it is not UTF-8. */
export function readText(file: string, mostBytes: number): string {
  const bytes = readBytes(file, mostBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile('it is not UTF-8 text');
  }
}

function readBounded(file: string, mostBytes: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size > mostBytes) throw new UnreadableFile(`it is larger than ${mostBytes / 1024 ** 2} MiB`);
    // Files of the kernel say that they are empty. One byte more: what has grown since is not taken for the whole.
    const buffer = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(size, 64 * 1024)) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    if (length === buffer.length) throw new UnreadableFile('it grew while it was read');
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PitwallError, reasonOf } from '../errors.ts';
import { buildConfig, type ConfigContext, type LoadedConfig } from './build.ts';
import { readDocument } from './document.ts';
import { configurationError } from './problem.ts';

const MOST_BYTES = 1024 ** 2;

/**
 * Reads pitwall.yaml. `file` is relative to the working folder. Throws CONFIG_NOT_FOUND, CONFIG_UNREADABLE (no permission, not
 * a regular file, over 1 MiB, not UTF-8), CONFIG_SYNTAX, CONFIG_INVALID or CONFIG_SECRET_MISSING; the last three name up to 20
 * problems, the first as the message and the others in `also`.
 */
export async function loadConfig(file: string, context: ConfigContext): Promise<LoadedConfig> {
  return parseConfig(readText(file), file, context);
}

/** The same for text that was already read; `file` says where it came from and what relative paths refer to. */
export async function parseConfig(text: string, file: string, context: ConfigContext): Promise<LoadedConfig> {
  const document = readDocument(text, file);
  const path = resolve(file);
  const built = await buildConfig(document.value, path, dirname(path), context);
  if ('problems' in built) throw configurationError(built.problems, file, document.locate);
  return built;
}

function readText(file: string): string {
  const refuse = (reason: string) => new PitwallError('CONFIG_UNREADABLE', { file, reason });
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) throw new PitwallError('CONFIG_NOT_FOUND', { file });
    // Opening a pipe would wait for its other end, reading a device may never end.
    if (!stats.isFile()) throw refuse(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    const bytes = readBounded(file);
    if (!bytes) throw refuse('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof PitwallError) throw error;
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw refuse('it is not UTF-8 text');
    }
    throw refuse(reasonOf(error));
  }
}

function readBounded(file: string): Uint8Array | null {
  const descriptor = openSync(file, 'r');
  try {
    if (fstatSync(descriptor).size > MOST_BYTES) return null;
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return length > MOST_BYTES ? null : buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

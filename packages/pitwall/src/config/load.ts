import { dirname, resolve } from 'node:path';
import { PitwallError } from '../errors.ts';
import { buildConfig, type ConfigContext, type LoadedConfig } from './build.ts';
import { readDocument } from './document.ts';
import { configurationError } from './problem.ts';
import { readText, UnreadableFile } from './read-text.ts';

/** How to do without a file, where it is not by a URL of a service. */
const WITHOUT: Readonly<Record<string, string>> = { db: 'db --postgresql URL` or `pitwall db --sqlite FILE' };
const MOST_BYTES = 1024 ** 2;

/**
 * Reads pitwall.yaml. `file` is relative to the working folder. Throws CONFIG_NOT_FOUND, CONFIG_UNREADABLE (no permission, not
 * a regular file, over 1 MiB, not UTF-8), CONFIG_SYNTAX, CONFIG_INVALID, SCENARIO_INVALID or CONFIG_SECRET_MISSING; the last three name up to
 * 20 problems, the first as the message and the others in `also`.
 */
export async function loadConfig(file: string, context: ConfigContext): Promise<LoadedConfig> {
  return parseConfig(readConfig(file, context.command ?? 'check'), file, context);
}

/** The same for text that was already read; `file` says where it came from and what relative paths refer to. */
export async function parseConfig(text: string, file: string, context: ConfigContext): Promise<LoadedConfig> {
  const document = readDocument(text, file);
  const path = resolve(file);
  const built = await buildConfig(document.value, path, dirname(path), context);
  if ('problems' in built) throw configurationError(built.problems, file, document.locate);
  return built;
}

function readConfig(file: string, command: string): string {
  try {
    return readText(file, MOST_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    if (error.missing)
      throw new PitwallError('CONFIG_NOT_FOUND', { file, without: WITHOUT[command] ?? `${command} --url URL` });
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: error.message });
  }
}

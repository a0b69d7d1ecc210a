// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from '../errors.ts';
import type { KeyPath, Problem } from './problem.ts';
import type { Redactor } from './redact.ts';

/** A secret file that is bigger is some other file. */
const MOST_BYTES = 64 * 1024;

/** `$${` (an escape), a reference, or a `${` that is neither. */
const REFERENCE = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface SecretContext {
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that `${file:PATH}` is relative to. */
  readonly directory: string;
  /** Learns every value that is read. */
  readonly redactor: Redactor;
}

/**
 * The same data with `${env:NAME}` and `${file:PATH}` in any text replaced by what they stand for; `$${` stands for `${`.
 * Keys are left alone. What cannot be read is a problem, and its text stays as it was.
 */
export function resolveSecrets(value: unknown, path: KeyPath, context: SecretContext, problems: Problem[]): unknown {
  if (typeof value === 'string') return resolveText(value, path, context, problems);
  if (Array.isArray(value))
    return value.map((item, index) => resolveSecrets(item, [...path, index], context, problems));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveSecrets(item, [...path, key], context, problems)]),
  );
}

function resolveText(text: string, path: KeyPath, context: SecretContext, problems: Problem[]): string {
  return text.replace(REFERENCE, (whole, inside: string | undefined) => {
    if (whole === '$${') return '${';
    const [, kind, name] = /^(env|file):(.+)$/.exec(inside ?? '') ?? [];
    if (!kind || !name) {
      const problem = `${whole} is not a reference: expected \${env:NAME} or \${file:PATH}, or $\${ for the characters themselves`;
      problems.push({ path, at: 'value', problem });
      return whole;
    }
    try {
      const secret = kind === 'env' ? fromEnvironment(name, context) : fromFile(resolve(context.directory, name));
      context.redactor.add(secret);
      return secret;
    } catch (error) {
      problems.push({ path, at: 'value', problem: reasonOf(error), reference: whole });
      return whole;
    }
  });
}

function fromEnvironment(name: string, { environment }: SecretContext): string {
  if (!ENVIRONMENT_NAME.test(name)) throw new Error('this cannot be the name of an environment variable');
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined) throw new Error('the environment variable is not set');
  return value;
}

/** Content of a small text file without its last line break. Never waits: a pipe or a device is refused unread. */
function fromFile(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw new Error('there is no such file');
  if (!stats.isFile()) throw new Error('it is not a regular file');
  const descriptor = openSync(file, 'r');
  try {
    if (fstatSync(descriptor).size > MOST_BYTES) throw new Error('the file is larger than 64 KiB');
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    if (length > MOST_BYTES) throw new Error('the file is larger than 64 KiB');
    const content = decode(buffer.subarray(0, length));
    if (content === null) throw new Error('the file is not UTF-8 text');
    return content.replace(/\r?\n$/, '');
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Node, ParseResult } from '@pgsql/types';
import { PitwallError, reasonOf } from '../../../errors.ts';
import { isTooDeep } from './depth.ts';
import { shortened } from './shorten.ts';
import { withCasts } from './typed-parameters.ts';

/**
 * PostgreSQL's own grammar (libpg-query: the server's parser as WebAssembly). It never throws for a statement and never brings
 * down what comes after: what it cannot do is an answer.
 */
export interface Grammar {
  /** The statements of a text, or why they are not understood. */
  parse(text: string): { readonly statements: readonly Node[] } | Problem;
  /** 16 hexadecimal digits, alike for texts that differ in values only; null: not understood. */
  fingerprint(text: string): string | null;
  /** The text with `$n` instead of its constants; null: not understood. */
  normalise(text: string): string | null;
}

interface Problem {
  /** A sentence without a full stop. */
  readonly problem: string;
  /** Where in `withCasts` of the text, in characters (not halves of them) from 0. Absent: the grammar does not say. */
  readonly at?: number;
}

/** Characters. A tree takes about ten times as much, and the parser gives no memory back. */
const LONGEST = 256 * 1024;

const PACKAGE = 'libpg-query';
const INSIDE = /[\\/]libpg-query[\\/]/;

type Library = typeof import('libpg-query');

let loading: Promise<Grammar> | null = null;

/** Once a process. @throws PitwallError POSTGRESQL_PARSER_MISSING */
export function loadGrammar(): Promise<Grammar> {
  loading ??= makeGrammar(importLibrary);
  loading.catch(() => {
    loading = null;
  });
  return loading;
}

/** For tests: with a library of one's own. @throws PitwallError POSTGRESQL_PARSER_MISSING */
export async function makeGrammar(importing: (again: boolean) => Promise<Library>): Promise<Grammar> {
  let library: Library | null;
  try {
    library = await importing(false);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    throw new PitwallError('POSTGRESQL_PARSER_MISSING', {}, { cause: error });
  }

  /** After a trap or a stack overflow its memory is not to be trusted: a new instance takes over as soon as it is there. */
  function replace(): void {
    library = null;
    importing(true).then(
      (fresh) => {
        library = fresh;
      },
      () => {},
    );
  }

  function attempt<T>(whole: string, work: (library: Library, text: string) => T): { readonly value: T } | Problem {
    // The parser takes a NUL for the end of the text, and would understand half of it.
    if (whole.includes('\0')) return { problem: 'it has a NUL character in it' };
    const short = shortened(whole);
    if (short.length > LONGEST) return { problem: `it is longer than ${LONGEST / 1024} KiB, even without its lists` };
    const text = withCasts(short);
    if (isTooDeep(text)) return { problem: 'it is nested too deeply' };
    if (library === null) return { problem: 'the parser is being started again after a failure' };
    try {
      return { value: work(library, text) };
    } catch (error) {
      if (isRefusal(error)) {
        const problem = `the grammar of PostgreSQL 18 says: ${withoutValue(reasonOf(error))}`;
        const at = short === whole ? placeOf(error) : null;
        return at === null ? { problem } : { problem, at };
      }
      replace();
      return { problem: `the parser failed: ${reasonOf(error)}` };
    }
  }

  const fingerprint = (text: string): string | null => {
    const result = attempt(text, (lib, short) => lib.fingerprintSync(short));
    // Some refusals come as the result.
    return 'value' in result && /^[0-9a-f]{16}$/.test(result.value) ? result.value : null;
  };
  return {
    fingerprint,
    parse(text) {
      const result = attempt(text, (lib, short): ParseResult => lib.parseSync(short.trim() === '' ? ' ' : short));
      if ('problem' in result) return result;
      return { statements: (result.value.stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt])) };
    },
    normalise(text) {
      // Its refusals may look like a text: only what has a fingerprint is known to be understood.
      if (fingerprint(text) === null) return null;
      const result = attempt(text, (lib, short) => lib.normalizeSync(short));
      return 'value' in result ? result.value : null;
    },
  };
}

/** What it stumbled on may be a value: only words and signs are shown. */
function withoutValue(message: string): string {
  return message.replace(/ at or near "(.*)$/s, (all, token: string) =>
    /^([a-z_]{1,30}|[^\w'"$\\]{1,3})"$/i.test(token) ? all : '',
  );
}

/** Where it stumbled. Its 0 may be the first character, or none that is known. */
function placeOf(error: unknown): number | null {
  const { message, sqlDetails } = error as { message: string; sqlDetails?: { cursorPosition?: unknown } };
  const at = sqlDetails?.cursorPosition;
  return typeof at === 'number' && (at > 0 || / at or near /.test(message)) ? at : null;
}

/** A proper answer of the parser, which leaves it in order. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof RangeError || error instanceof WebAssembly.RuntimeError)
    return false;
  return error.name === 'SqlError' || /^(syntax error|deparse error|ERROR)/.test(error.message);
}

/** `again`: a new instance, with memory of its own. Modules are cached, so the cache has to forget it. */
async function importLibrary(again: boolean): Promise<Library> {
  const require = createRequire(import.meta.url);
  if (again) {
    for (const path of Object.keys(require.cache)) if (INSIDE.test(path)) delete require.cache[path];
  }
  // To optimise the one huge function of the grammar, V8 takes 550 MB for a moment; without, the whole takes 20, and as long.
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  const library = require(PACKAGE) as Library;
  await library.loadModule();
  return library;
}

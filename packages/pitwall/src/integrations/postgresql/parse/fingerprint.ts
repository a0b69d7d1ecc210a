import { createHash } from 'node:crypto';
import type { Grammar } from './load.ts';
import { withoutValues } from './normalise.ts';

export interface Fingerprint {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Whether the grammar knows the statement; else the id is a hash of its text without values. */
  readonly known: boolean;
}

/**
 * The same id for statements that differ in nothing but values, the lengths of lists, comments and white space; the same on every
 * machine. By libpg-query (https://github.com/pganalyze/libpg_query/wiki/Fingerprinting).
 */
export function fingerprint(grammar: Grammar, text: string): Fingerprint {
  const id = grammar.fingerprint(text);
  if (id !== null) return { id, known: true };
  const plain = withoutValues(text, false).toLowerCase();
  return { id: createHash('sha256').update(plain).digest('hex').slice(0, 16), known: false };
}
